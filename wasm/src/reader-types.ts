import type { Extent } from './writer-instance.ts';

/** What an inode is. */
export type InodeType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';

/** What stat(2) tells of an inode. */
export interface InodeStat {
  inode: number;
  type: InodeType;
  /** Permissions, setuid, setgid and sticky: 12 bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Bytes. */
  size: number;
  /** Names of a file; 1 for a directory of more than 65,000 subdirectories. */
  links: number;
  /** Nanoseconds since 1970, as all times here. */
  mtime: bigint;
  atime: bigint;
  ctime: bigint;
  /** The birth time, where the inode has room for one. */
  crtime?: bigint;
  /** Of devices only. */
  major?: number;
  minor?: number;
  /** Units of 512 bytes that the inode takes, extent blocks and the like included. */
  blocks: number;
  /** `EXT2_*_FL` of ext2_fs.h, as lsattr(1) shows them: 0x10 immutable, 0x800 encrypted, 0x10000000 inline data … */
  flags: number;
}

/** One name in a directory. */
export interface DirectoryItem {
  /** Bytes; of an encrypted directory the cipher text, which may hold any byte. */
  name: Uint8Array;
  inode: number;
  type: InodeType;
}

/** A run of a file's bytes. What no extent covers is a hole and reads as zeros. */
export interface MappedExtent extends Extent {
  /** Allocated only: reads as zeros, whatever is on the device. */
  unwritten: boolean;
}

/** One step of {@link Reader.walk}. */
export interface WalkItem {
  /** Absolute: begins with `/`. */
  path: Uint8Array;
  inode: number;
  stat: InodeStat;
}

/** A range of a file's bytes. */
export interface ByteRange {
  /** Default 0. */
  position?: number;
  /** Default: to the end. */
  length?: number;
}

/** What the superblock says of the whole file system. */
export interface SuperblockInfo {
  /** As blkid(8) tells them apart: by the features that older drivers do not know. */
  type: 'ext2' | 'ext3' | 'ext4';
  /** The volume label; empty without one. */
  label: string;
  /** With hyphens, in lower case; of zeros if there is none. */
  uuid: string;
  /** The seed of directory hashes, in the same form. */
  hashSeed: string;
  /** Names as ext4(5) has them: `has_journal`, `extent` … */
  features: string[];
  /** Bytes. */
  blockSize: number;
  blocks: number;
  freeBlocks: number;
  /** For root only; free ones among them count as free. */
  reservedBlocks: number;
  inodes: number;
  freeInodes: number;
  /** Bytes of an inode: 128 hold times in seconds only, up to 2038. */
  inodeSize: number;
  /** Seconds since 1970; 0 where the superblock does not tell. */
  mkfsTime: number;
  lastWriteTime: number;
  lastMountTime: number;
  lastCheckTime: number;
  /** It was unmounted properly and no error was noted in it. */
  clean: boolean;
  /** The journal holds changes that are not in their places yet: what is read is the state before them. */
  needsRecovery: boolean;
}
