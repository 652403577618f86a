import { createHash } from 'node:crypto';
import { pacer } from '../../host.ts';
import type { Entry } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import type { Tree, TreeItem } from '../../tree/tree.ts';
import { BlockWriter } from '../block-writer.ts';
import { BLOCK, encodeHeader, MAXIMUM_7, MAXIMUM_11, NAME_LENGTH, type RawHeader } from './header.ts';
import { encodePax, encodePaxTime, FILE_TYPE_KEY, xattrKey } from './pax.ts';

/** The event loop gets a turn after this many bytes, so that an interrupt is seen during large trees. */
const BREATH = 1 << 20;

const NANOSECONDS = 1_000_000_000n;

const TYPEFLAGS: Readonly<Record<Entry['type'], string>> = {
  file: '0',
  symlink: '2',
  char: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  socket: '0',
};

/** How a tar is written. */
export interface WriteTarOptions {
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Writes the canonical tar of a tree: equal trees give equal bytes, on every machine.
 *
 * - Entries in the order of {@link Tree.walk}; the root comes first, as `./`; other names have no `./`,
 *   directories end with a slash.
 * - Hard links lead to the first name on the walk.
 * - ustar headers with numeric owners; user and group names are empty. PAX records, in the order of their
 *   keys, hold what ustar cannot: names over 100 bytes or beyond ASCII, ids over 7 and sizes over 11 octal
 *   digits, times that are negative, beyond 11 octal digits or have a fraction, and xattrs (`SCHILY.xattr.`).
 *   Names that are not UTF-8 are stored as they are, as GNU tar does.
 * - A socket is an empty file with the PAX record `ROOTLESSBAKE.filetype=socket`.
 * - Two zero blocks end it; there is no further padding.
 *
 * @example
 * import { createWriteStream } from 'node:fs';
 * import { pipeline } from 'node:stream/promises';
 * import { type Tree, writeTar } from 'rootless-bake';
 *
 * async function save(tree: Tree, path: string): Promise<void> {
 *   await pipeline(writeTar(tree), createWriteStream(path));
 * }
 */
export async function* writeTar(
  tree: Tree,
  { signal }: WriteTarOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const breathe = pacer(BREATH, signal);
  for (const chunk of tarChunks(tree, new BlockWriter())) {
    await breathe(chunk.length);
    yield chunk;
  }
}

/**
 * sha256 of the canonical tar, in hex: what `sha256sum` prints for the file that {@link writeTar} makes.
 *
 * @example
 * import { Tree, treeDigest } from 'rootless-bake';
 *
 * const ofNothing = await treeDigest(new Tree());
 */
export async function treeDigest(tree: Tree, { signal }: WriteTarOptions = {}): Promise<string> {
  const hash = createHash('sha256');
  const breathe = pacer(BREATH, signal);
  for (const chunk of tarChunks(tree, new BlockWriter({ reuse: true }))) {
    hash.update(chunk);
    await breathe(chunk.length);
  }
  return hash.digest('hex');
}

function* tarChunks(tree: Tree, writer: BlockWriter): Generator<Uint8Array, void, undefined> {
  const firstNames = new Map<Entry, Uint8Array>();
  const block = new Uint8Array(BLOCK);
  for (const item of tree.walk()) {
    const name = storedName(item);
    const target = firstNames.get(item.entry);
    const { header, pax } = target ? linkHeaders(item.entry, name, target) : ownHeaders(item.entry, name);
    if (pax.size > 0) {
      const records = encodePax(pax);
      encodeHeader(paxHeader(records.length), block);
      yield* writer.write(block);
      yield* writer.write(records);
      yield* writer.pad(BLOCK);
    }
    encodeHeader(header, block);
    yield* writer.write(block);
    if (target) continue;
    if (item.entry.type !== 'directory') firstNames.set(item.entry, name);
    if (item.entry.type !== 'file') continue;
    yield* writer.writeContent(item.entry.content);
    yield* writer.pad(BLOCK);
  }
  yield* writer.write(new Uint8Array(2 * BLOCK));
  yield* writer.flush();
}

interface Headers {
  readonly header: Omit<RawHeader, 'uname' | 'gname'>;
  readonly pax: Map<string, Uint8Array>;
}

function storedName({ path, entry }: TreeItem): Uint8Array {
  if (path === '/') return Buffer.from('./');
  return encodeName(entry.type === 'directory' ? `${path.slice(1)}/` : path.slice(1));
}

function ownHeaders(entry: Entry, name: Uint8Array): Headers {
  const pax = new Map<string, Uint8Array>();
  const target = entry.type === 'symlink' ? encodeName(entry.target) : new Uint8Array(0);
  const size = entry.type === 'file' ? entry.content.size : 0;
  const device = entry.type === 'char' || entry.type === 'block' ? entry : { major: 0, minor: 0 };
  if (size > MAXIMUM_11) putText(pax, 'size', String(size));
  if (entry.type === 'socket') putText(pax, FILE_TYPE_KEY, 'socket');
  for (const [key, value] of entry.xattrs) pax.set(xattrKey(key), value);
  return {
    header: {
      ...commonFields(entry, name, target, pax),
      typeflag: TYPEFLAGS[entry.type],
      size,
      major: device.major,
      minor: device.minor,
    },
    pax,
  };
}

function linkHeaders(entry: Entry, name: Uint8Array, target: Uint8Array): Headers {
  const pax = new Map<string, Uint8Array>();
  const fields = commonFields(entry, name, target, pax);
  return { header: { ...fields, typeflag: '1', size: 0, major: 0, minor: 0 }, pax };
}

function commonFields(
  entry: Entry,
  name: Uint8Array,
  linkname: Uint8Array,
  pax: Map<string, Uint8Array>,
): Pick<RawHeader, 'name' | 'linkname' | 'mode' | 'uid' | 'gid' | 'mtime'> {
  putName(pax, 'path', name);
  putName(pax, 'linkpath', linkname);
  if (entry.uid > MAXIMUM_7) putText(pax, 'uid', String(entry.uid));
  if (entry.gid > MAXIMUM_7) putText(pax, 'gid', String(entry.gid));
  const seconds = entry.mtime / NANOSECONDS;
  const whole = entry.mtime >= 0n && entry.mtime % NANOSECONDS === 0n && seconds <= BigInt(MAXIMUM_11);
  if (!whole) putText(pax, 'mtime', encodePaxTime(entry.mtime));
  return { name, linkname, mode: entry.mode, uid: entry.uid, gid: entry.gid, mtime: Number(seconds) };
}

/** The header of the PAX records themselves. */
function paxHeader(size: number): Omit<RawHeader, 'uname' | 'gname'> {
  return {
    name: Buffer.from('PaxHeaders/rootless-bake'),
    linkname: new Uint8Array(0),
    typeflag: 'x',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size,
    mtime: 0,
    major: 0,
    minor: 0,
  };
}

function putName(pax: Map<string, Uint8Array>, key: string, name: Uint8Array): void {
  const ascii = name.every((byte) => byte < 0x80);
  if (!ascii || name.length > NAME_LENGTH) pax.set(key, name);
}

function putText(pax: Map<string, Uint8Array>, key: string, value: string): void {
  pax.set(key, Buffer.from(value));
}
