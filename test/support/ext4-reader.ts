import { type BlockDevice, openReader, type Reader } from 'ext2fs-wasm';
import { decodeName } from '../../src/tree/name.ts';
import type { Description } from './describe-tree.ts';
import { type ContentFacts, describe, digestOf, type Facts, hex, normalizeRanges } from './ext4-facts.ts';

/** Describes a file system by the reader of ext2fs-wasm. */
export async function describeWithReader(device: BlockDevice): Promise<Description> {
  const reader = await openReader(device);
  try {
    return describe(namesOf(reader));
  } finally {
    reader.close();
  }
}

function* namesOf(reader: Reader): Generator<[string, Facts]> {
  for (const { path, inode, stat } of reader.walk()) {
    const { type, mode, uid, gid, links, mtime, major, minor, size } = stat;
    const xattrs = [...reader.xattrs(inode)].map(([name, value]) => [name, hex(value)] as const);
    const common: Facts = { identity: inode, type, mode, uid, gid, links, mtime, xattrs };
    const own = ((): Partial<Facts> => {
      switch (type) {
        case 'file':
          return { content: contentOf(reader, inode, size) };
        case 'symlink':
          return { target: decodeName(reader.readlink(inode)) };
        case 'char':
        case 'block':
          return { device: `${major}:${minor}` };
        default:
          return {};
      }
    })();
    yield [decodeName(path), { ...common, ...own }];
  }
}

function contentOf(reader: Reader, inode: number, size: number): ContentFacts {
  const written = reader.extents(inode).filter(({ unwritten }) => !unwritten);
  const ranges = written.map(({ position, length }) => [position, position + length] as const);
  const data = normalizeRanges(ranges, size, reader.blockSize);
  const read = (target: Uint8Array, position: number): void => {
    const count = reader.read(inode, target, position);
    if (count !== target.length) throw new Error(`inode ${inode} gives ${count} of ${target.length} bytes`);
  };
  return { size, data, sha256: digestOf(size, data, read) };
}
