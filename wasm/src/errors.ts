/** Linux errno numbers (asm-generic/errno.h) of the errors that mean the same whatever the code is called. */
const linuxErrno: Record<string, number> = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENOMEM: 12,
  EEXIST: 17,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  ENOSPC: 28,
  EMLINK: 31,
  ENAMETOOLONG: 36,
  ELOOP: 40,
  EOVERFLOW: 75,
  EUCLEAN: 117,
  EXT2_ET_NO_MEMORY: 12,
  EXT2_ET_BLOCK_ALLOC_FAIL: 28,
  EXT2_ET_INODE_ALLOC_FAIL: 28,
  EXT2_ET_DIR_NO_SPACE: 28,
  EXT2_ET_EA_NO_SPACE: 28,
  EXT2_ET_FILE_TOO_BIG: 27,
  EXT2_ET_NO_DIRECTORY: 20,
  EXT2_ET_FILE_NOT_FOUND: 2,
  EXT2_ET_DIR_CORRUPTED: 117,
  EXT2_ET_INODE_CORRUPTED: 117,
  EXT2_ET_CORRUPT_SUPERBLOCK: 117,
  EXT2_ET_SB_CSUM_INVALID: 74,
  EXT2_ET_INODE_CSUM_INVALID: 74,
  EXT2_ET_DIR_CSUM_INVALID: 74,
  EXT2_ET_EXTENT_CSUM_INVALID: 74,
  EXT2_ET_EXT_ATTR_CSUM_INVALID: 74,
  EXT2_ET_BAD_MAGIC: 22,
  EXT2_ET_UNSUPP_FEATURE: 95,
  EXT2_ET_RO_UNSUPP_FEATURE: 95,
  EXT2FS_NO_WASM: 2,
};

/**
 * A failure of libext2fs, mke2fs or e2fsck, or a request that an ext file system cannot take.
 * Tell errors apart by `code`; `errno` 28 (ENOSPC) means no space whichever the code is.
 */
export class Ext2fsError extends Error {
  override readonly name = 'Ext2fsError';
  /**
   * A code of libext2fs (`EXT2_ET_…`, ext2_err.et), an errno name (`EEXIST`), or one of
   * `MKE2FS_FAILED` (with mke2fs's words),
   * `EXT2FS_TRAPPED` (e2fsprogs broke off, as a native program crashes),
   * `EXT2FS_ENDLESS` (given up: damaged structures lead in circles),
   * `EXT2FS_CLOSED` (the writer is finished, the reader closed, or one gave up after a failure of the device),
   * `EXT2FS_NO_WASM` (ext2fs.wasm cannot be had; see `useWasm`).
   */
  readonly code: string;
  /** The Linux errno that comes nearest; 5 (EIO) where none does. */
  readonly errno: number;
  /** The number that e2fsprogs gives the error (com_err: 2133571328 and up for `EXT2_ET_…`), where it has one. */
  readonly number?: number;

  constructor(code: string, message: string, options?: ErrorOptions & { number?: number }) {
    super(message, options);
    this.code = code;
    if (options?.number !== undefined) this.number = options.number;
    this.errno = linuxErrno[code] ?? 5;
  }
}
