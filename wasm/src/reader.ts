import type { BlockDevice } from './device.ts';
import { Ext2fsError } from './errors.ts';
import { userAcl } from './posix-acl.ts';
import { FileContents } from './reader-content.ts';
import { ReaderInstance } from './reader-instance.ts';
import { lookup, pathBytes } from './reader-path.ts';
import type {
  ByteRange,
  DirectoryItem,
  InodeStat,
  MappedExtent,
  SuperblockInfo,
  WalkItem,
} from './reader-types.ts';
import { type WalkOptions, walk, walkInParts } from './reader-walk.ts';
import { decodeSuperblock } from './superblock.ts';

const rootInode = 2; // EXT2_ROOT_INO

/**
 * An open file system to look around in. Inodes are numbers; names and targets are bytes. Checksums, where the
 * file system has them, are verified on everything but file contents, which have none.
 *
 * Every method throws {@link Ext2fsError} for what is not there, or damaged: `EXT2_ET_BAD_INODE_NUM`,
 * `EXT2_ET_INODE_CSUM_INVALID`, `EXT2_ET_DIR_CORRUPTED`, `EXT2_ET_EXTENT_HEADER_BAD` and the like, `EXT2FS_ENDLESS`
 * where structures lead in circles. The reader stays usable, unless the device itself threw (its own error is
 * passed on) or e2fsprogs broke off (`EXT2FS_ENDLESS`, `EXT2FS_TRAPPED`): then it is closed.
 */
export interface Reader {
  /** The root directory's inode. */
  readonly root: number;
  /** Bytes. */
  readonly blockSize: number;
  readonly superblock: SuperblockInfo;
  /**
   * The inode that a path leads to, from the root, as stat(2) finds it: links in it are followed within the file
   * system. With `follow: false` a link at its end is not.
   * @throws {Ext2fsError} `ENOENT`, `ENOTDIR`, `ELOOP` (more than 40 links)
   */
  lookup(path: string | Uint8Array, options?: { follow?: boolean }): number;
  stat(inode: number): InodeStat;
  /**
   * The names in a directory, in its own order, without `.` and `..`.
   * @throws {Ext2fsError} `EXT2_ET_NO_DIRECTORY`
   */
  list(inode: number): DirectoryItem[];
  /** @throws {Ext2fsError} `EINVAL` if it is no symbolic link */
  readlink(inode: number): Uint8Array;
  /**
   * The extended attributes with the values that getxattr(2) gives, POSIX ACLs as `system.posix_acl_access` and
   * `system.posix_acl_default`.
   */
  xattrs(inode: number): Map<string, Uint8Array>;
  /**
   * Where an inode's bytes lie, in order of position, whole blocks: the last may reach beyond the size. None for
   * what lies in the inode itself: short links, inline data, devices.
   */
  extents(inode: number): MappedExtent[];
  /**
   * Fills `target` with the bytes of a regular file from `position` on; holes are zeros. They come from the device
   * without a copy.
   * @returns the count of bytes: less than asked for only at the end of the file, 0 behind it
   * @throws {Ext2fsError} `EISDIR`, `EINVAL` if it is no regular file
   */
  read(inode: number, target: Uint8Array, position: number): number;
  /** The bytes of a regular file in chunks of 1 MiB, read when they are asked for. */
  stream(inode: number, range?: ByteRange): ReadableStream<Uint8Array>;
  /**
   * Every name from a path on (default `/`), depth first, siblings in the order of their bytes. A link at the path
   * itself is followed, others are not.
   */
  walk(path?: string | Uint8Array, options?: WalkOptions): Generator<WalkItem>;
  /**
   * As {@link walk}; gives `undefined`, too, about once per thousand names of a directory that is being sorted, so
   * that a caller may let others run while large directories are read.
   */
  walkInParts(path?: string | Uint8Array, options?: WalkOptions): Generator<WalkItem | undefined>;
  /** Nothing can be called after it. The device stays open. */
  close(): void;
}

/**
 * Opens the device's file system to read it; nothing is written. Whatever libext2fs 1.47.0 reads can be read: ext2,
 * ext3 and ext4 with all of its features, file systems with errors, and one with a journal that waits to be
 * replayed (`superblock.needsRecovery`: what is read is then the state before the journal's changes).
 *
 * @throws {Ext2fsError} if there is no file system (`EXT2_ET_BAD_MAGIC`, `EXT2_ET_SHORT_READ`), if its superblock is
 *   damaged (`EXT2_ET_SB_CSUM_INVALID`, `EXT2_ET_CORRUPT_SUPERBLOCK` …), or if it is an external journal or of a kind
 *   unknown here (`EXT2_ET_UNSUPP_FEATURE`)
 */
export async function openReader(device: BlockDevice): Promise<Reader> {
  const fs = await ReaderInstance.open(device);
  const contents = new FileContents(fs);
  const superblock = decodeSuperblock(fs.superblock(), fs.features());
  const find = (path: string | Uint8Array, follow = true): number =>
    lookup(fs, rootInode, pathBytes(path), follow);
  return {
    root: rootInode,
    blockSize: fs.blockSize,
    superblock,
    lookup: (path, options) => find(path, options?.follow),
    stat: (inode) => fs.stat(inode),
    list: (inode) =>
      fs.list(inode).map(({ name, inode, type }) => ({ name, inode, type: type ?? fs.stat(inode).type })),
    readlink: (inode) => fs.readlink(inode),
    xattrs: (inode) => new Map(fs.xattrs(inode).flatMap(visibleXattr)),
    extents: (inode) => fs.extents(inode),
    read: (inode, target, position) => contents.read(inode, target, position),
    stream: (inode, range) => contents.stream(inode, range),
    walk: (path = '/', options = {}) => walk(fs, find(path), pathBytes(path), options),
    walkInParts: (path = '/', options = {}) => walkInParts(fs, find(path), pathBytes(path), options),
    close: () => fs.close(),
  };
}

const aclName = /^system\.posix_acl_(access|default)$/;
/** The name spaces that ext4 has handlers for (ext4/xattr.c in Linux); others are internal, as `system.data`. */
const visibleName = /^(user|trusted|security|gnu)\.|^system\.richacl$/;

function visibleXattr([name, value]: [string, Uint8Array]): [string, Uint8Array][] {
  if (aclName.test(name)) return [[name, userAcl(value)]];
  return visibleName.test(name) ? [[name, value]] : [];
}
