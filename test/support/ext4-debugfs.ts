import { closeSync, openSync, readSync } from 'node:fs';
import { decodeName } from '../../src/tree/name.ts';
import { joinPath } from '../../src/tree/path.ts';
import type { Description } from './describe-tree.ts';
import {
  type ContentFacts,
  describe,
  digestOf,
  type Facts,
  normalizeRanges,
  type Range,
  WHOLE,
} from './ext4-facts.ts';
import { run } from './run.ts';

/** What the tools of {@link describeWithDebugfs} are called, for `oracle`. */
export const DEBUGFS_TOOLS: readonly string[] = ['debugfs', 'dumpe2fs'];

/** EXT2_ROOT_INO */
const ROOT = 2;

const TYPES: Readonly<Record<string, Facts['type']>> = {
  regular: 'file',
  directory: 'directory',
  symlink: 'symlink',
  'character special': 'char',
  'block special': 'block',
  FIFO: 'fifo',
  socket: 'socket',
};

/** An inode as debugfs's `stat` tells of it. */
interface Inode extends Omit<Facts, 'identity' | 'xattrs' | 'content'> {
  readonly number: number;
  readonly size: number;
  /** Of symbolic links within the inode. */
  readonly fastTarget: Buffer | undefined;
  readonly xattrNames: readonly string[];
  readonly blocks: readonly BlockRun[];
}

/** Neighbouring blocks, in the file and on the device. */
interface BlockRun {
  readonly logical: number;
  readonly physical: number;
  readonly count: number;
}

/** What debugfs's second run finds out about one inode. */
interface Held {
  readonly xattrs: [name: string, hex: string][];
  names: readonly { readonly name: string; readonly inode: number }[];
  bytes: Buffer;
}

/**
 * Describes an image by native debugfs alone: what every inode is, then what the inodes hold. Of large files it
 * tells the blocks, which are read here.
 */
export async function describeWithDebugfs(image: string, blockSize: number): Promise<Description> {
  const inodes = await statAll(image);
  const held = await readAll(image, inodes);
  const facts = new Map<number, Facts>();
  for (const inode of inodes.values()) facts.set(inode.number, toFacts(inode, held.get(inode.number)!));
  return describe(walk(ROOT, '/'));

  function* walk(number: number, path: string): Generator<[string, Facts]> {
    yield [path, facts.get(number)!];
    for (const { name, inode } of held.get(number)!.names) yield* walk(inode, joinPath(path, name));
  }

  function toFacts(inode: Inode, { xattrs, bytes }: Held): Facts {
    const { number, type, mode, uid, gid, links, mtime, device, size } = inode;
    const common: Facts = { identity: number, type, mode, uid, gid, links, mtime, xattrs };
    if (type === 'file') return { ...common, content: contentFacts(inode, bytes) };
    if (type === 'symlink')
      return { ...common, target: decodeName((inode.fastTarget ?? bytes).subarray(0, size)) };
    return device === undefined ? common : { ...common, device };
  }

  function contentFacts({ size, blocks }: Inode, bytes: Buffer): ContentFacts {
    const runs = blocks.map(
      ({ logical, count }): Range => [logical * blockSize, (logical + count) * blockSize],
    );
    const data = normalizeRanges(runs, size, blockSize);
    const read =
      size <= WHOLE
        ? (target: Uint8Array, at: number) => void bytes.copy(target, 0, at)
        : (target: Uint8Array, at: number) => readBlocks(image, blocks, blockSize, target, at);
    return { size, data, sha256: digestOf(size, data, read) };
  }
}

async function statAll(image: string): Promise<Map<number, Inode>> {
  const numbers = await usedInodes(image);
  const script = numbers.map((number) => `stat <${number}>`);
  const inodes = new Map<number, Inode>();
  const output = await debugfs(image, script);
  for (const [index, answer] of answers(output, script).entries()) {
    inodes.set(numbers[index]!, parseStat(answer, numbers[index]!));
  }
  return inodes;
}

/** The root and every inode from the first ordinary one on that the bitmaps have as used. */
async function usedInodes(image: string): Promise<number[]> {
  const dump = (await run('dumpe2fs', [image], { messages: /^dumpe2fs [^\n]*\n$/ })).toString('latin1');
  const count = Number(/^Inode count: +(\d+)$/m.exec(dump)![1]);
  const first = Number(/^First inode: +(\d+)$/m.exec(dump)![1]);
  const free = new Uint8Array(count + 1);
  for (const [, ranges] of dump.matchAll(/^ +Free inodes: (.*)$/gm)) {
    for (const [, from, to] of ranges!.matchAll(/(\d+)(?:-(\d+))?/g))
      free.fill(1, Number(from), Number(to ?? from) + 1);
  }
  const used = [ROOT];
  for (let number = first; number <= count; number += 1) if (free[number] === 0) used.push(number);
  return used;
}

async function readAll(image: string, inodes: ReadonlyMap<number, Inode>): Promise<Map<number, Held>> {
  const held = new Map<number, Held>();
  const script: string[] = [];
  const takers: ((output: Buffer, at: number, end: number) => void)[] = [];
  const sizes: (number | undefined)[] = [];
  const ask = (
    command: string,
    size: number | undefined,
    take: (output: Buffer, at: number, end: number) => void,
  ) => {
    script.push(command);
    sizes.push(size);
    takers.push(take);
  };
  for (const { number, type, size, xattrNames, fastTarget } of inodes.values()) {
    const own: Held = { xattrs: [], names: [], bytes: Buffer.alloc(0) };
    held.set(number, own);
    for (const name of xattrNames) {
      ask(`ea_get -x -r <${number}> ${name}`, undefined, (output, at, end) => {
        own.xattrs.push(parseXattr(output.toString('latin1', at, end)));
      });
    }
    if (type === 'directory') {
      ask(`ls -p <${number}>`, undefined, (output, at, end) => {
        own.names = parseList(output.toString('latin1', at, end));
      });
    } else if (size > 0 && size <= WHOLE && (type === 'file' || (type === 'symlink' && !fastTarget))) {
      ask(`cat <${number}>`, size, (output, at, end) => {
        own.bytes = output.subarray(at, end);
      });
    }
  }
  const output = await debugfs(image, script);
  for (const [index, [at, end]] of answerRanges(output, script, sizes).entries())
    takers[index]!(output, at, end);
  return held;
}

function debugfs(image: string, script: readonly string[]): Promise<Buffer> {
  return run('debugfs', ['-f', '-', image], {
    input: `${script.join('\n')}\n`,
    messages: /^debugfs [^\n]*\n$/,
  });
}

function answers(output: Buffer, script: readonly string[]): Buffer[] {
  return answerRanges(output, script, []).map(([at, end]) => output.subarray(at, end));
}

/** debugfs echoes each command before its answer, whose length is known for contents. */
function answerRanges(
  output: Buffer,
  script: readonly string[],
  sizes: readonly (number | undefined)[],
): Range[] {
  const ranges: Range[] = [];
  let at = 0;
  for (const [index, command] of script.entries()) {
    const echo = `debugfs: ${command}\n`;
    const start = output.indexOf(echo, at, 'latin1');
    if (start < 0) throw new Error(`debugfs has not answered "${command}"`);
    at = start + echo.length;
    const next = script[index + 1];
    const size = sizes[index];
    const end =
      next === undefined ? output.length : output.indexOf(`debugfs: ${next}\n`, at + (size ?? 0), 'latin1');
    if (size !== undefined && end !== at + size)
      throw new Error(`"${command}" gives ${end - at} bytes, not ${size}`);
    ranges.push([at, end]);
    at = end;
  }
  return ranges;
}

function parseStat(answer: Buffer, number: number): Inode {
  const text = answer.toString('latin1');
  const field = (pattern: RegExp): string => {
    const found = pattern.exec(text);
    if (!found)
      throw new Error(`debugfs's stat of inode ${number} lacks ${pattern}:\n${text.slice(0, 2000)}`);
    return found[1]!;
  };
  const type = TYPES[field(/^Inode: \d+ +Type: (.+?) +Mode:/)];
  if (type === undefined) throw new Error(`inode ${number} has no type:\n${text.slice(0, 2000)}`);
  const size = Number(field(/ Size: (\d+)$/m));
  const device = /number: (\d+):(\d+) /.exec(text);
  const fast = 'Fast link dest: "';
  const fastAt = text.indexOf(fast);
  return {
    number,
    type,
    size,
    mode: Number.parseInt(field(/ Mode: +(\d+) /), 8),
    uid: Number(field(/^User: +(-?\d+) /m)) >>> 0,
    gid: Number(field(/ Group: +(-?\d+) /)) >>> 0,
    links: Number(field(/^Links: (\d+) /m)),
    mtime: parseTime(field(/^ ?mtime: (\S+) /m)),
    ...(device && { device: `${Number(device[1])}:${Number(device[2])}` }),
    fastTarget: fastAt < 0 ? undefined : answer.subarray(fastAt + fast.length, fastAt + fast.length + size),
    xattrNames: parseXattrNames(text),
    blocks: type === 'file' ? parseBlocks(text) : [],
  };
}

/** `seconds:extra` in hex: extra has two more bits of seconds below the nanoseconds (ext4_decode_extra_time). */
function parseTime(text: string): bigint {
  const [seconds, extra] = text.split(':');
  const low = BigInt.asIntN(32, BigInt(seconds!));
  const more = extra === undefined ? 0n : BigInt(`0x${extra}`);
  return (low + ((more & 3n) << 32n)) * 1_000_000_000n + (more >> 2n);
}

function parseXattrNames(text: string): string[] {
  const section = /^Extended attributes:\n((?: {2}.*\n)*)/m.exec(text)?.[1] ?? '';
  return section
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const name = /^ {2}(\S+) \(\d+\)/.exec(line)?.[1];
      if (name === undefined) throw new Error(`no name of an attribute that can be asked for: ${line}`);
      return name;
    });
}

/** `(0-4):100-104, (IND):105, (7):106`; `[u]` is allocated but not written, which reads as a hole does. */
function parseBlocks(text: string): BlockRun[] {
  const at = text.search(/^(?:EXTENTS|BLOCKS):$/m);
  const runs: BlockRun[] = [];
  for (const [, from, to, physical] of text.slice(at).matchAll(/\((\d+)(?:-(\d+))?\):(\d+)/g)) {
    const logical = Number(from);
    runs.push({ logical, physical: Number(physical), count: Number(to ?? from) - logical + 1 });
  }
  return runs;
}

function parseXattr(answer: string): [string, string] {
  const [, name, size, value] = /^(\S+) \((\d+)\)(?: = ([0-9a-f ]*))?\n/.exec(answer)!;
  const bytes = (value ?? '').replaceAll(' ', '');
  if (bytes.length !== 2 * Number(size)) throw new Error(`debugfs gives another size of ${answer}`);
  return [
    decodeName(Buffer.from(name!, 'latin1')),
    name!.startsWith('system.posix_acl_') ? aclValue(bytes) : bytes,
  ];
}

/** An ACL as ext4 stores it (ext4_acl_header, version 1) to what getxattr(2) gives (version 2, every entry with an id). */
function aclValue(stored: string): string {
  const bytes = Buffer.from(stored, 'hex');
  const entries: string[] = [];
  for (let at = 4; at < bytes.length; ) {
    const named = bytes.readUInt16LE(at) === 2 || bytes.readUInt16LE(at) === 8; // ACL_USER, ACL_GROUP
    entries.push(
      bytes.toString('hex', at, at + 4),
      named ? bytes.toString('hex', at + 4, at + 8) : 'ffffffff',
    );
    at += named ? 8 : 4;
  }
  return `02000000${entries.join('')}`;
}

/** `/inode/mode/uid/gid/name/size/` for each name, which may hold anything but a slash. */
function parseList(answer: string): { name: string; inode: number }[] {
  const names: { name: string; inode: number }[] = [];
  for (const [, inode, bytes] of answer.matchAll(/\/(\d+)\/\d+\/-?\d+\/-?\d+\/([^/]+)\/\d*\/\n/g)) {
    const name = decodeName(Buffer.from(bytes!, 'latin1'));
    if (name !== '.' && name !== '..' && inode !== '0') names.push({ name, inode: Number(inode) });
  }
  return names;
}

/** Fills `target` from whole and partial blocks of the image; what no run covers is zeros. */
function readBlocks(
  image: string,
  runs: readonly BlockRun[],
  blockSize: number,
  target: Uint8Array,
  position: number,
): void {
  const fd = openSync(image, 'r');
  try {
    target.fill(0);
    for (const { logical, physical, count } of runs) {
      const from = Math.max(position, logical * blockSize);
      const to = Math.min(position + target.length, (logical + count) * blockSize);
      if (from < to)
        readSync(fd, target, from - position, to - from, physical * blockSize + from - logical * blockSize);
    }
  } finally {
    closeSync(fd);
  }
}
