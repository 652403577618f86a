/** The records that c/reader*.c hands over (c/reader.h), as values. All numbers are little-endian. */
import type { DirectoryItem, InodeStat, InodeType, MappedExtent } from './reader-types.ts';

/** Sizes of the structures in c/reader.h. */
export const recordSizes = { entry: 8, extent: 32, xattr: 8 } as const;

/** EXT2_FT_* (ext2_fs.h) of directory entries. */
const typeOfEntry: readonly (InodeType | undefined)[] = [
  undefined,
  'file',
  'directory',
  'char',
  'block',
  'fifo',
  'socket',
  'symlink',
];

/** The upper 4 bits of an inode's mode. */
const typeOfMode: Readonly<Record<number, InodeType>> = {
  1: 'fifo',
  2: 'char',
  4: 'directory',
  6: 'block',
  8: 'file',
  10: 'symlink',
  12: 'socket',
};

/** A directory entry; without a type where the file system or the entry does not tell it. */
export type RawEntry = Omit<DirectoryItem, 'type'> & { type: InodeType | undefined };

/** The size that a record of `length` bytes takes. */
export function aligned(length: number): number {
  return (length + 7) & ~7;
}

/** Where `count` directory entries lie: places of their names, and their inodes. */
export function* entryPlaces(
  bytes: Uint8Array,
  count: number,
): Generator<{ inode: number; start: number; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const start = at + recordSizes.entry;
    const length = bytes[at + 5]!;
    yield { inode: view.getUint32(at, true), start, end: start + length };
    at += aligned(recordSizes.entry + length);
  }
}

/** Reads `count` directory entries. */
export function readEntries(bytes: Uint8Array, count: number): RawEntry[] {
  return Array.from(entryPlaces(bytes, count), ({ inode, start, end }) => {
    const type = typeOfEntry[bytes[start - 4]!];
    return { name: bytes.slice(start, end), inode, type };
  });
}

/** Reads a `struct reader_stat`, which holds no error. */
export function readStat(view: DataView): InodeStat {
  const mode = view.getUint32(8, true);
  const type = typeOfMode[mode >> 12]!;
  const time = (index: number): bigint =>
    view.getBigInt64(48 + index * 8, true) * 1_000_000_000n + BigInt(view.getUint32(80 + index * 4, true));
  const stat: InodeStat = {
    inode: view.getUint32(0, true),
    type,
    mode: mode & 0o7777,
    uid: view.getUint32(12, true),
    gid: view.getUint32(16, true),
    links: view.getUint32(20, true),
    size: view.getFloat64(32, true),
    blocks: view.getFloat64(40, true),
    mtime: time(0),
    atime: time(1),
    ctime: time(2),
    flags: view.getUint32(24, true),
  };
  if (view.getUint32(28, true) !== 0) stat.crtime = time(3);
  if (type === 'char' || type === 'block') {
    stat.major = view.getUint32(96, true);
    stat.minor = view.getUint32(100, true);
  }
  return stat;
}

/** Reads `count` extents. */
export function readExtents(view: DataView, count: number): MappedExtent[] {
  return Array.from({ length: count }, (_, index) => {
    const at = index * recordSizes.extent;
    return {
      position: view.getFloat64(at, true),
      offset: view.getFloat64(at + 8, true),
      length: view.getFloat64(at + 16, true),
      unwritten: view.getFloat64(at + 24, true) !== 0,
    };
  });
}

/** Reads `count` extended attributes: names as stored, a character a byte where they are not UTF-8. */
export function readXattrs(bytes: Uint8Array, count: number): [name: string, value: Uint8Array][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const decoder = new TextDecoder();
  const list: [string, Uint8Array][] = [];
  let at = 0;
  for (let index = 0; index < count; index++) {
    const nameStart = at + recordSizes.xattr;
    const valueStart = nameStart + view.getUint32(at, true);
    const end = valueStart + view.getUint32(at + 4, true);
    list.push([decoder.decode(bytes.slice(nameStart, valueStart)), bytes.slice(valueStart, end)]);
    at = aligned(end);
  }
  return list;
}
