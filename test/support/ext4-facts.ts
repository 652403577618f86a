import { createHash } from 'node:crypto';
import { type Content, readFully } from '../../src/tree/content.ts';
import type { Entry } from '../../src/tree/entry.ts';
import { encodeName } from '../../src/tree/name.ts';
import { linkCounts, type Tree } from '../../src/tree/tree.ts';
import type { Description } from './describe-tree.ts';

/** Bytes of a file from `start` to before `end`. */
export type Range = readonly [start: number, end: number];

/** What a judge tells of one name of a file system; every judge in the same words. */
export interface Facts {
  /** The same for all names of one inode, and only for them. */
  readonly identity: unknown;
  readonly type: Entry['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  /** Nanoseconds since 1970. */
  readonly mtime: bigint;
  /** Full names, and values as getxattr(2) gives them, in hex. */
  readonly xattrs: readonly (readonly [name: string, hex: string])[];
  /** Of devices: `major:minor`. */
  readonly device?: string;
  /** Of symbolic links, in the spelling of src/tree/name.ts. */
  readonly target?: string;
  readonly content?: ContentFacts;
}

export interface ContentFacts {
  readonly size: number;
  /** By {@link digestOf}. */
  readonly sha256: string;
  /** What is not a hole: sorted, disjoint, not adjacent, in whole blocks but for the file's end. */
  readonly data: readonly Range[];
}

/** What a file system has that its tree does not say. */
export interface FileSystemFacts {
  readonly blockSize: number;
  /** Seconds since 1970: the time of the lost+found that mke2fs made. */
  readonly epoch: number;
}

/** Files up to this size are digested whole, holes and all; of larger ones the data only. */
export const WHOLE: number = 1 << 20;
const CHUNK = 1 << 20;

/** Characters of a long value that a description shows. */
const SHOWN = 160;

/** The links that a directory of ext4 can count (EXT4_LINK_MAX); beyond, it has one (dir_nlink). */
const LINK_MAX = 65_000;

/** One line for each path. */
export function describe(names: Iterable<readonly [path: string, facts: Facts]>): Description {
  const sorted = [...names].map((own) => ({ own, key: sortKey(own[0]) })).sort(byKey);
  const firstNames = new Map<unknown, string>();
  const lines: Description = new Map();
  for (const {
    own: [path, facts],
  } of sorted) {
    const first = firstNames.get(facts.identity);
    if (first === undefined) firstNames.set(facts.identity, path);
    lines.set(path, line(facts, first));
  }
  return lines;
}

/** A string for each path whose order is that of the path's bytes. */
function sortKey(path: string): string {
  return Buffer.from(encodeName(path)).toString('latin1');
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : 1;
}

/** What a file system has to say that was filled with `tree`. */
export function describeExpected(tree: Tree, fileSystem: FileSystemFacts): Description {
  const counts = linkCounts(tree);
  const contents = new Map<Content, ContentFacts>();
  const names: [string, Facts][] = [];
  for (const { path, entry } of tree.walk()) {
    names.push([path, expected(entry, entry === tree.root, fileSystem.blockSize)]);
  }
  if (!tree.root.children.has('lost+found')) names.push(['/lost+found', lostAndFound(fileSystem.epoch)]);
  return describe(names);

  function expected(entry: Entry, isRoot: boolean, blockSize: number): Facts {
    const { type, mode, uid, gid, mtime } = entry;
    const extra = isRoot && !tree.root.children.has('lost+found') ? 1 : 0;
    const links = entry.type === 'directory' ? directoryLinks(entry, extra) : counts.get(entry)!;
    const xattrs = [...entry.xattrs].map(([name, value]) => [name, hex(value)] as const);
    const common: Facts = { identity: entry, type, mode, uid, gid, mtime, links, xattrs };
    if (entry.type === 'file') return { ...common, content: expectedContent(entry.content, blockSize) };
    if (entry.type === 'symlink') return { ...common, target: entry.target };
    return 'major' in entry ? { ...common, device: `${entry.major}:${entry.minor}` } : common;
  }

  function expectedContent(content: Content, blockSize: number): ContentFacts {
    const known = contents.get(content);
    if (known) return known;
    const data = wholeBlocks(content, blockSize);
    const reader = content.open();
    try {
      const sha256 = digestOf(content.size, data, (target, at) => readFully(reader, target, at));
      const facts = { size: content.size, sha256, data };
      contents.set(content, facts);
      return facts;
    } finally {
      reader.close();
    }
  }
}

/** Of the whole file up to 1 MiB, of the bytes of its data one after another beyond. */
export function digestOf(
  size: number,
  data: readonly Range[],
  read: (target: Uint8Array, position: number) => void,
): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(Math.min(CHUNK, size));
  for (const [start, end] of size <= WHOLE ? [[0, size] as const] : data) {
    for (let at = start; at < end; at += CHUNK) {
      const piece = buffer.subarray(0, Math.min(CHUNK, end - at));
      read(piece, at);
      hash.update(piece);
    }
  }
  return hash.digest('hex');
}

/** Joins ranges that touch, and cuts the last block at the file's end; what lies wholly behind stays to be seen. */
export function normalizeRanges(ranges: readonly Range[], size: number, blockSize: number): Range[] {
  const joined: [number, number][] = [];
  for (const [start, end] of [...ranges].sort(([a], [b]) => a - b)) {
    const last = joined.at(-1);
    if (last && start <= last[1]) last[1] = Math.max(last[1], end);
    else if (start < end) joined.push([start, end]);
  }
  const last = joined.at(-1);
  if (last && last[1] > size && last[1] - size < blockSize) last[1] = size;
  return joined;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function wholeBlocks({ size, data }: Content, blockSize: number): Range[] {
  const ranges = data?.map(({ position, length }): Range => {
    const start = Math.floor(position / blockSize) * blockSize;
    return length === 0 ? [start, start] : [start, Math.ceil((position + length) / blockSize) * blockSize];
  });
  return normalizeRanges(ranges ?? [[0, Math.ceil(size / blockSize) * blockSize]], size, blockSize);
}

/** A directory's own name, its `.`, and a `..` in each subdirectory. */
function directoryLinks(directory: Entry & { type: 'directory' }, extra: number): number {
  const children = [...directory.children.values()];
  const links = 2 + extra + children.filter(({ type }) => type === 'directory').length;
  return links > LINK_MAX ? 1 : links;
}

/** As mke2fs makes it. */
function lostAndFound(epoch: number): Facts {
  const mtime = BigInt(epoch) * 1_000_000_000n;
  const identity = 'lost+found';
  return { identity, type: 'directory', mode: 0o700, uid: 0, gid: 0, links: 2, mtime, xattrs: [] };
}

function line(facts: Facts, first: string | undefined): string {
  const { content, target, device } = facts;
  return [
    facts.type,
    facts.mode.toString(8),
    `${facts.uid}:${facts.gid}`,
    `links=${facts.links}`,
    `mtime=${facts.mtime}`,
    ...(device === undefined ? [] : [device]),
    ...facts.xattrs.map(([name, value]) => `${name}=${shorten(value)}`).sort(),
    ...(target === undefined ? [] : [`-> ${shorten(target)}`]),
    ...(content
      ? [`${content.size} bytes ${content.sha256}`, `data=${shorten(showRanges(content.data))}`]
      : []),
    ...(first === undefined ? [] : [`same as ${first}`]),
  ].join(' ');
}

/** What would fill a screen: its length, its start, and a digest of all. */
function shorten(text: string): string {
  if (text.length <= SHOWN) return text;
  const digest = createHash('sha256').update(encodeName(text)).digest('hex').slice(0, 16);
  return `${text.slice(0, SHOWN)}… (${text.length} characters, ${digest})`;
}

function showRanges(ranges: readonly Range[]): string {
  return ranges.map(([start, end]) => `${start}-${end}`).join(',');
}
