import {
  type BlockDevice,
  Ext2fsError,
  type InodeStat,
  openReader,
  type Reader,
  type SuperblockInfo,
} from 'ext2fs-wasm';
import { named, RootlessBakeError } from '../errors.ts';
import { pacer } from '../host.ts';
import type { Content, DataRange } from '../tree/content.ts';
import {
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  type Metadata,
  pipeEntry,
  symlinkEntry,
} from '../tree/entry.ts';
import { decodeName } from '../tree/name.ts';
import { Tree } from '../tree/tree.ts';

/** Flags of an inode (ext2_fs.h). */
const ENCRYPTED = 0x800;
const INLINE_DATA = 0x1000_0000;

/** So many names go without a turn of the event loop. */
const BREATH = 500;

/** How {@link readTree} makes a tree. */
export interface ReadTreeOptions {
  /** What the entries' origin is called, and the file system in errors. */
  readonly origin: string;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * The tree that an ext2, ext3 or ext4 file system holds. Names of one inode are one entry; `lost+found` is a
 * directory like others. Contents are read from the device when they are opened: it has to stay open, and as it is.
 *
 * @throws RB_EXT4_UNREADABLE when there is no file system, it is damaged, or something in it is encrypted
 * @throws RB_INTERRUPTED, or the reason of the signal
 *
 * @example
 * import * as fs from 'node:fs';
 * import { fileDevice } from 'ext2fs-wasm';
 * import { readTree } from 'rootless-bake';
 *
 * const fd = fs.openSync('rootfs.ext4', 'r');
 * const tree = await readTree(fileDevice(fs, fd, { size: fs.fstatSync(fd).size }), { origin: 'rootfs.ext4' });
 * const names = [...tree.walk()].map(({ path }) => path);
 * fs.closeSync(fd);
 */
export async function readTree(device: BlockDevice, options: ReadTreeOptions): Promise<Tree> {
  return await named(options.origin, () => loadTree(device, options));
}

async function loadTree(device: BlockDevice, { origin, signal }: ReadTreeOptions): Promise<Tree> {
  return await unreadable(async () => {
    const reader = await openReader(device);
    const tree = new Tree();
    const breathe = pacer(BREATH, signal);
    /** Entries by inode: directories have one name only. */
    const entries = new Map<number, Entry>();
    for (const item of reader.walkInParts()) {
      const paused = breathe(item ? 1 : BREATH);
      if (paused) await paused;
      if (!item) continue;
      const { path, inode, stat } = item;
      const name = decodeName(path);
      if (stat.flags & ENCRYPTED) throw encrypted(name);
      const entry = entries.get(inode) ?? toEntry(reader, stat, origin);
      entries.set(inode, entry);
      tree.set(name, entry);
    }
    return tree;
  });
}

/**
 * What the superblock of an ext2, ext3 or ext4 file system says.
 *
 * @throws RB_EXT4_UNREADABLE when there is no file system, or it is damaged
 */
export async function readSuperblock(device: BlockDevice): Promise<SuperblockInfo> {
  return await unreadable(async () => {
    const reader = await openReader(device);
    try {
      return reader.superblock;
    } finally {
      reader.close();
    }
  });
}

function toEntry(reader: Reader, stat: InodeStat, origin: string): Entry {
  const { inode, type, uid, gid, mode, mtime } = stat;
  const meta: Metadata = { uid, gid, mode, mtime, xattrs: reader.xattrs(inode), origin };
  switch (type) {
    case 'file':
      return fileEntry(toContent(reader, stat, origin), meta);
    case 'directory':
      return directoryEntry(meta);
    case 'symlink':
      return symlinkEntry(decodeName(reader.readlink(inode)), meta);
    case 'char':
    case 'block':
      return deviceEntry(type, stat.major!, stat.minor!, meta);
    default:
      return pipeEntry(type, meta);
  }
}

function toContent(reader: Reader, { inode, size, flags }: InodeStat, origin: string): Content {
  return {
    size,
    ...(!(flags & INLINE_DATA) && { data: dataOf(reader, inode, size) }),
    open: () => ({
      read: (target, position) => named(origin, () => unreadable(() => reader.read(inode, target, position))),
      close() {},
    }),
  };
}

/** Where the data of a file lies; what is only allocated reads as zeros and is none. */
function dataOf(reader: Reader, inode: number, size: number): DataRange[] {
  const ranges: { position: number; length: number }[] = [];
  for (const { position, length, unwritten } of reader.extents(inode)) {
    const end = Math.min(position + length, size);
    if (unwritten || end <= position) continue;
    const last = ranges.at(-1);
    if (last && last.position + last.length === position) last.length = end - last.position;
    else ranges.push({ position, length: end - position });
  }
  return ranges;
}

function encrypted(path: string): RootlessBakeError {
  return new RootlessBakeError('RB_EXT4_UNREADABLE', `${path} is encrypted`, {
    hint: 'names and contents of encrypted directories cannot be had from the image alone',
  });
}

/** Does some work; what ext2fs-wasm throws in it, or in its promise, becomes an error of ours. */
function unreadable<T>(work: () => T): T {
  const failed = (error: unknown): never => {
    if (!(error instanceof Ext2fsError)) throw error;
    throw new RootlessBakeError('RB_EXT4_UNREADABLE', error.message, {
      hint: 'is this the right device or partition? `e2fsck -f` tells, and repairs, what is damaged',
      cause: error,
    });
  };
  try {
    const result = work();
    return result instanceof Promise ? (result.catch(failed) as T) : result;
  } catch (error) {
    return failed(error);
  }
}
