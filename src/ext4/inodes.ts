import type { Entry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { FileSystem } from './format-options.ts';

const MEBIBYTE = 2 ** 20;

/** mke2fs's bytes per inode, by the size below which they hold (misc/mke2fs.conf: floppy, small, none, big, huge). */
const RATIOS: readonly (readonly [below: number, bytesPerInode: number])[] = [
  [3 * MEBIBYTE, 8192],
  [512 * MEBIBYTE, 4096],
  [4 * MEBIBYTE ** 2, 16_384],
  [16 * MEBIBYTE ** 2, 32_768],
  [Number.POSITIVE_INFINITY, 65_536],
];

/** The sizes at which mke2fs goes over to another profile, in bytes, ascending. */
export const PROFILE_SIZES: readonly number[] = RATIOS.map(([below]) => below).filter(Number.isFinite);

/** Numbers of inodes that no entry of a tree gets: 1 to 10 are reserved, 11 is lost+found, one for orphan_file. */
const RESERVED_INODES = 12;

/** Bytes of a file system of this size for each inode. */
export function bytesPerInode(fileSystem: FileSystem, size: number): number {
  return fileSystem.bytesPerInode ?? RATIOS.find(([below]) => size < below)![1];
}

/**
 * The file system with as many inodes as its entries need: mke2fs's number is a guess from the size, and trees
 * of small files go beyond it. A number or ratio that was chosen stays.
 *
 * @param size of the file system in bytes
 * @param entries how many inodes must be free in it when it is empty, as {@link countInodes} counts
 */
export function withInodesFor(fileSystem: FileSystem, size: number, entries: number): FileSystem {
  if (fileSystem.inodes !== undefined || fileSystem.bytesPerInode !== undefined) return fileSystem;
  const needed = entries + RESERVED_INODES;
  return needed <= Math.floor(size / bytesPerInode(fileSystem, size))
    ? fileSystem
    : { ...fileSystem, inodes: needed };
}

/**
 * How many inodes the trees take at most, laid over each other: one for each entry, hard links once, and with
 * the feature ea_inode one for each xattr.
 */
export function countInodes(trees: readonly Tree[], { features = [] }: FileSystem): number {
  const hasXattrInodes = features.includes('ea_inode');
  const seen = new Set<Entry>();
  let xattrs = 0;
  const pending: Entry[] = trees.map(({ root }) => root);
  for (let entry = pending.pop(); entry; entry = pending.pop()) {
    if (seen.has(entry)) continue;
    seen.add(entry);
    if (hasXattrInodes) xattrs += entry.xattrs.size;
    if (entry.type === 'directory') for (const child of entry.children.values()) pending.push(child);
  }
  return seen.size + xattrs;
}
