/**
 * The `newc` archive of an initramfs: linux/Documentation/driver-api/early-userspace/buffer-format.rst, read
 * by linux/init/initramfs.c and by cpio(1).
 */

import { RootlessBakeError } from '../../errors.ts';
import { pacer } from '../../host.ts';
import type { Entry, EntryType } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import { countLink, type Tree, type TreeItem } from '../../tree/tree.ts';
import { BlockWriter } from '../block-writer.ts';
import { MAGIC, PATH_MAX, TRAILER } from './newc.ts';

export { isCpio, type ReadCpioOptions, readCpioInPlace } from './read.ts';

/** Types of linux/stat.h. */
const TYPE_BITS: Readonly<Record<EntryType, number>> = {
  fifo: 0o010000,
  char: 0o020000,
  directory: 0o040000,
  block: 0o060000,
  file: 0o100000,
  symlink: 0o120000,
  socket: 0o140000,
};

const MAXIMUM = 0xffffffff;

/** cpio(1) and the kernel read archives in blocks of this size. */
const BLOCK = 512;

interface Fields {
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: number;
  readonly size: number;
  readonly major: number;
  readonly minor: number;
}

/** Work after which the event loop gets a turn: bytes, and each entry as if it had so many more. */
const BREATH = 1 << 20;
const ENTRY = 512;

/**
 * Writes a tree as a newc archive, in chunks. Equal trees give equal bytes.
 *
 * - Entries in the order of {@link Tree.walk}; the root is `.`, other names have no leading slash.
 * - Inodes count from 1, on device 0:0. A file with several names has its content with the last of them and
 *   size 0 before, as GNU cpio writes it; symbolic links have their target with each name, for the kernel
 *   never links these.
 * - Times are whole seconds, and those that 32 bits cannot hold become the nearest that they can.
 * - xattrs are left out: newc has no place for them.
 *
 * @throws RB_ARCHIVE_UNSUPPORTED for files of 4 GiB and more, before anything is written
 * @throws RB_PATH_INVALID for names that the kernel would skip
 */
export async function* writeCpio(tree: Tree): AsyncGenerator<Uint8Array, void, undefined> {
  const breathe = pacer(BREATH);
  for (const chunk of cpioChunks(tree)) {
    const paused = breathe(chunk?.length ?? ENTRY);
    if (paused) await paused;
    if (chunk) yield chunk;
  }
}

/** The whole archive at once, for small trees; as {@link writeCpio}. */
export function cpioBytes(tree: Tree): Buffer {
  return Buffer.concat([...cpioChunks(tree)].filter((chunk) => chunk !== undefined));
}

/** Nothing is yielded after each entry, so that the caller may pause. */
function* cpioChunks(tree: Tree): Generator<Uint8Array | undefined, void, undefined> {
  const counts = new Map<Entry, number>();
  for (const { path, entry } of tree.walk()) {
    if (entry.type === 'file' && entry.content.size > MAXIMUM) throw tooLarge(path, entry.content.size);
    countLink(counts, entry);
    yield;
  }
  const writer = new BlockWriter();
  const inodes = new Map<Entry, number>();
  const namesLeft = new Map(counts);
  for (const item of tree.walk()) {
    const { entry } = item;
    const ino = inodes.get(entry) ?? inodes.size + 1;
    inodes.set(entry, ino);
    const left = (namesLeft.get(entry) ?? 1) - 1;
    namesLeft.set(entry, left);
    const target = entry.type === 'symlink' ? encodeName(entry.target) : undefined;
    const content = entry.type === 'file' && left === 0 ? entry.content : undefined;
    const size = target?.length ?? content?.size ?? 0;
    const nlink = counts.get(entry) ?? directoryLinks(entry);
    yield* writer.write(header(fields(entry, ino, nlink, size), storedName(item)));
    if (target) yield* writer.write(target);
    if (content) yield* writer.writeContent(content);
    yield* writer.pad(4);
    yield;
  }
  const end = { ino: 0, mode: 0, uid: 0, gid: 0, nlink: 1, mtime: 0, size: 0, major: 0, minor: 0 };
  yield* writer.write(header(end, Buffer.from(TRAILER)));
  yield* writer.pad(BLOCK);
  yield* writer.flush();
}

function fields(entry: Entry, ino: number, nlink: number, size: number): Fields {
  const device = entry.type === 'char' || entry.type === 'block' ? entry : { major: 0, minor: 0 };
  return {
    ino,
    mode: TYPE_BITS[entry.type] | entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    nlink,
    mtime: seconds(entry.mtime),
    size,
    major: device.major,
    minor: device.minor,
  };
}

/** Header and name, padded to a multiple of 4. The name's length counts its NUL byte. */
function header(entry: Fields, name: Uint8Array): Uint8Array {
  const { ino, mode, uid, gid, nlink, mtime, size, major, minor } = entry;
  const numbers = [ino, mode, uid, gid, nlink, mtime, size, 0, 0, major, minor, name.length + 1, 0];
  const text = MAGIC + numbers.map((number) => number.toString(16).padStart(8, '0')).join('');
  const length = text.length + name.length + 1;
  const bytes = Buffer.alloc(length + (-length & 3));
  bytes.write(text, 'latin1');
  bytes.set(name, text.length);
  return bytes;
}

function storedName({ path }: TreeItem): Uint8Array {
  const name = path === '/' ? Buffer.from('.') : encodeName(path.slice(1));
  if (name.length < PATH_MAX - 1 && path !== `/${TRAILER}`) return name;
  throw new RootlessBakeError('RB_PATH_INVALID', `${path.slice(0, 200)} cannot be a name in an initramfs`);
}

function directoryLinks(entry: Entry): number {
  if (entry.type !== 'directory') return 1;
  let links = 2;
  for (const child of entry.children.values()) if (child.type === 'directory') links += 1;
  return links;
}

function seconds(mtime: bigint): number {
  // Division of BigInts rounds towards zero; times before 1970 become 0 anyway.
  const whole = mtime < 0n ? 0 : Number(mtime / 1_000_000_000n);
  return Math.min(whole, MAXIMUM);
}

function tooLarge(path: string, size: number): RootlessBakeError {
  return new RootlessBakeError(
    'RB_ARCHIVE_UNSUPPORTED',
    `${path} has ${size} bytes, but a cpio archive (newc) holds files below 4 GiB`,
    {
      hint: 'leave it out, or write a tar',
    },
  );
}
