import type { Attributes } from './attributes.ts';
import { blockRanges, type DataRange } from './data-ranges.ts';
import type { BlockDevice } from './device.ts';
import { Ext2fsError } from './errors.ts';
import { checkEpoch } from './format.ts';
import { instantiate } from './instance.ts';
import { type Extent, WriterInstance } from './writer-instance.ts';

/** S_IFMT of each type. */
const typeBits = {
  fifo: 0x1000,
  char: 0x2000,
  directory: 0x4000,
  block: 0x6000,
  file: 0x8000,
  symlink: 0xa000,
  socket: 0xc000,
} as const;
const appendFlag = 0x20; // EXT2_APPEND_FL
const immutableFlag = 0x10; // EXT2_IMMUTABLE_FL

/** How a file is laid out. */
export interface FileOptions {
  /**
   * Where the file has data: sorted, disjoint ranges in bytes, rounded outwards to whole blocks. Everything else
   * becomes a hole. Without this the whole file is data.
   */
  data?: readonly DataRange[];
}

/**
 * An open file system that entries are added to. Inodes are numbers; names and targets are bytes, any but `/`
 * and NUL. Every method throws {@link Ext2fsError} and then has changed nothing that matters: the file system
 * stays consistent and the writer usable, unless the device itself failed.
 *
 * Codes to expect: `EXT2_ET_BLOCK_ALLOC_FAIL` and `EXT2_ET_INODE_ALLOC_FAIL` (no space; `errno` 28), `EEXIST`,
 * `EINVAL`, `ENAMETOOLONG`, `EMLINK`, `EOVERFLOW` (a time that the inode cannot hold),
 * `EXT2_ET_NO_DIRECTORY`, `EXT2_ET_EA_NO_SPACE` (attributes larger than a block).
 */
export interface Writer {
  /** The root directory's inode. */
  readonly root: number;
  /** Bytes. */
  readonly blockSize: number;
  /** What is free now, blocks reserved for root included. */
  readonly free: { blocks: number; inodes: number };
  /** Makes a directory; returns its inode. */
  mkdir(parent: number, name: Uint8Array, attributes: Attributes): number;
  /**
   * Makes a file of `size` bytes. Its blocks are allocated and marked as written: the caller writes the content
   * to the device at the extents, and zeros where a block has bytes outside of it (a device that was all zeros
   * needs no zeros there).
   *
   * Codes: `EXT2_ET_FILE_TOO_BIG` for more blocks than the file system can number (2^32 - 1, on ext2 and ext3
   * as many as three levels of indirect blocks reach).
   *
   * @returns the extents in order of position, neighbours joined
   * @throws {RangeError} if `data` is not sorted, disjoint and within the file
   */
  createFile(
    parent: number,
    name: Uint8Array,
    attributes: Attributes,
    size: number,
    options?: FileOptions,
  ): { inode: number; extents: readonly Extent[] };
  /** Makes a symbolic link; the target has 1 to 4095 bytes (at most a block less one). Returns its inode. */
  symlink(parent: number, name: Uint8Array, attributes: Attributes, target: Uint8Array): number;
  /** Makes a device, fifo or socket; major below 2^12, minor below 2^20. Returns its inode. */
  mknod(
    parent: number,
    name: Uint8Array,
    attributes: Attributes,
    type: 'char' | 'block' | 'fifo' | 'socket',
    major?: number,
    minor?: number,
  ): number;
  /** Gives an inode that is no directory another name. */
  link(parent: number, name: Uint8Array, inode: number): void;
  /** Replaces owner, permissions and times; extended attributes too, if given. The type stays. */
  setAttributes(inode: number, attributes: Attributes): void;
  /** Sets or clears chattr(1)'s `i` and `a`. */
  setFlags(inode: number, flags: { immutable?: boolean; append?: boolean }): void;
  /** The inode behind a name, or undefined. */
  lookup(parent: number, name: Uint8Array): number | undefined;
  /** Writes all metadata and closes the file system, marked clean. Nothing can be called after it. */
  finish(): void;
}

/**
 * Opens the device's file system to add entries.
 *
 * Times: an inode's mtime and atime are the attributes' mtime; its ctime and birth time are `epoch`, which is
 * also the superblock's time of last write.
 *
 * @throws {Ext2fsError} if there is no file system (`EXT2_ET_BAD_MAGIC`), or one that this writer does not
 *   write: with a journal to replay, or with bigalloc, quota, inline_data or casefold (`EXT2_ET_UNSUPP_FEATURE`)
 */
export async function openWriter(device: BlockDevice, options: { epoch: number }): Promise<Writer> {
  checkEpoch(options.epoch);
  const fs = new WriterInstance(await instantiate(device, options.epoch), options.epoch);
  return {
    root: 2, // EXT2_ROOT_INO
    blockSize: fs.blockSize,
    get free() {
      return fs.free();
    },
    mkdir(parent, name, attributes) {
      return fs.create(parent, name, attributes, { type: typeBits.directory });
    },
    createFile(parent, name, attributes, size, options) {
      if (!Number.isSafeInteger(size) || size < 0) throw new RangeError(`not a file size: ${size}`);
      const data = options?.data;
      const inode = fs.create(parent, name, attributes, {
        type: typeBits.file,
        size,
        ...(data && { ranges: blockRanges(size, data, fs.blockSize) }),
      });
      return { inode, extents: fs.extents() };
    },
    symlink(parent, name, attributes, target) {
      if (target.includes(0)) throw new Ext2fsError('EINVAL', 'the target of a symbolic link contains NUL');
      return fs.create(parent, name, attributes, { type: typeBits.symlink, target });
    },
    mknod(parent, name, attributes, type, major = 0, minor = 0) {
      if (!isBits(major, 12) || !isBits(minor, 20))
        throw new RangeError(`not a device number: ${major}:${minor}`);
      return fs.create(parent, name, attributes, { type: typeBits[type], device: [major, minor] });
    },
    link(parent, name, inode) {
      fs.link(parent, name, inode);
    },
    setAttributes(inode, attributes) {
      fs.setAttributes(inode, attributes);
    },
    setFlags(inode, flags) {
      const bits = (value: boolean): number =>
        (flags.immutable === value ? immutableFlag : 0) | (flags.append === value ? appendFlag : 0);
      fs.setFlags(inode, bits(true), bits(false));
    },
    lookup(parent, name) {
      return fs.lookup(parent, name);
    },
    finish() {
      fs.close();
    },
  };
}

function isBits(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}
