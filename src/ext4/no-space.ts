import { Ext2fsError } from 'ext2fs-wasm';

/** What e2fsprogs calls a file system that has run out of blocks or inodes. */
const NO_SPACE_CODES = new Set(['ENOSPC', 'EXT2_ET_BLOCK_ALLOC_FAIL', 'EXT2_ET_INODE_ALLOC_FAIL']);

/** True when a larger device would have done. */
export function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Ext2fsError)) return false;
  // mke2fs tells only in words that a device is too small for its own structures.
  return NO_SPACE_CODES.has(error.code) || /not enough space/i.test(error.message);
}
