import { memoryDevice, openReader, type Reader } from 'ext2fs-wasm';
import { numbers } from './seed.ts';

/** Bytes of an image that hold one sort of structure. */
export interface Region {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
}

/** Where each sort of structure lies in an image of `smallFileSystem`. */
export async function regionsOf(image: Uint8Array): Promise<Region[]> {
  const reader = await openReader(memoryDevice(image));
  const raw = new RawFileSystem(image);
  const block = (name: string, number: number): Region => {
    return { name, offset: number * raw.blockSize, length: raw.blockSize };
  };
  const { descriptor } = raw;
  const many = blocksOf(reader, '/many');
  const [linear] = blocksOf(reader, '/linear');
  const fragmented = raw.inode(reader.lookup('/fragmented'));
  const usesExtents = (fragmented.getUint32(32, true) & 0x80000) !== 0;
  // ei_leaf of the first index entry, or the block of indirect blocks.
  const mapBlock = fragmented.getUint32(40 + (usesExtents ? 16 : 48), true);
  return [
    { name: 'superblock', offset: 1024, length: 400 },
    { name: 'group descriptors', offset: 2 * raw.blockSize, length: 32 },
    block('block bitmap', descriptor.getUint32(0, true)),
    block('inode bitmap', descriptor.getUint32(4, true)),
    { name: 'first inodes', offset: raw.inodeOffset(1), length: 12 * raw.inodeSize },
    { name: 'inodes of files', offset: raw.inodeOffset(320), length: 20 * raw.inodeSize },
    { name: 'inode of the root directory', offset: raw.inodeOffset(2), length: raw.inodeSize },
    block('linear directory', linear!),
    block('root of an index', many[0]!),
    block('leaf of an index', many[3]!),
    block(usesExtents ? 'extent block' : 'indirect block', mapBlock),
    block('attribute block', raw.inode(reader.lookup('/plain')).getUint32(104, true)),
    block('block of a link', blocksOf(reader, '/slow')[0]!),
    ...(reader.superblock.features.includes('has_journal')
      ? [block('journal superblock', blocksOfInode(reader, 8)[0]!)]
      : []),
  ];
}

function blocksOf(reader: Reader, path: string): number[] {
  return blocksOfInode(reader, reader.lookup(path, { follow: false }));
}

function blocksOfInode(reader: Reader, inode: number): number[] {
  return reader
    .extents(inode)
    .flatMap(({ offset, length }) =>
      Array.from({ length: length / reader.blockSize }, (_, index) => offset / reader.blockSize + index),
    );
}

/** The first group of a file system, by ext2_fs.h. */
class RawFileSystem {
  readonly blockSize: number;
  readonly inodeSize: number;
  readonly descriptor: DataView;
  readonly #image: Uint8Array;

  constructor(image: Uint8Array) {
    this.#image = image;
    const superblock = new DataView(image.buffer, 1024, 1024);
    this.blockSize = 1024 << superblock.getUint32(24, true);
    this.inodeSize = superblock.getUint16(88, true);
    this.descriptor = new DataView(image.buffer, 2 * this.blockSize, 32);
  }

  inodeOffset(inode: number): number {
    return this.descriptor.getUint32(8, true) * this.blockSize + (inode - 1) * this.inodeSize;
  }

  inode(inode: number): DataView {
    return new DataView(this.#image.buffer, this.inodeOffset(inode), this.inodeSize);
  }
}

/** A copy of the image with 1 to 8 bytes of a region changed; the same for the same seed. */
export function damaged(image: Uint8Array, region: Region, seed: number): Uint8Array {
  const random = numbers(seed);
  const copy = image.slice();
  const count = 1 + random(8);
  for (let index = 0; index < count; index += 1) {
    const at = region.offset + random(region.length);
    // Half of the changes are one bit, as of bad memory; the others any byte, extremes among them.
    const kind = random(4);
    copy[at] =
      kind < 2 ? copy[at]! ^ (1 << random(8)) : kind === 2 ? random(256) : [0, 0xff, 0x80, 0x7f][random(4)]!;
  }
  return copy;
}
