import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readContent } from '../../src/tree/content.ts';
import type { Entry } from '../../src/tree/entry.ts';
import { compareNames, decodeName, encodeName } from '../../src/tree/name.ts';
import { linkCounts, type Tree } from '../../src/tree/tree.ts';
import { judge } from './oracle.ts';

/** One line per path: type, mode, owner, links, device, time, xattrs, and what it holds. */
export type Description = Map<string, string>;

const TYPES: readonly (readonly [number, Entry['type']])[] = [
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o020000, 'char'],
  [0o060000, 'block'],
  [0o010000, 'fifo'],
  [0o140000, 'socket'],
];

/** What a tree says of itself, in the words of {@link describeFolder}. */
export function describeTree(tree: Tree): Description {
  const links = linkCounts(tree);
  const lines: Description = new Map();
  for (const { path, entry } of tree.walk()) {
    lines.set(
      path,
      line({
        type: entry.type,
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        links: entry.type === 'directory' ? directoryLinks(entry) : links.get(entry)!,
        device: 'major' in entry ? `${entry.major}:${entry.minor}` : '',
        mtime: entry.mtime,
        xattrs: [...entry.xattrs].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`),
        holds: holds(entry),
      }),
    );
  }
  return lines;
}

/** What the kernel says of a folder; names are bytes, attributes come from lstat and getfattr. */
export function describeFolder(folder: string): Description {
  const xattrs = readXattrs(folder);
  const lines: Description = new Map();
  const visit = (host: Buffer, path: string): void => {
    const stat = lstatSync(host, { bigint: true });
    const type = TYPES.find(([bits]) => bits === (Number(stat.mode) & 0o170000))![1];
    const device = type === 'char' || type === 'block' ? deviceOf(stat.rdev) : '';
    lines.set(
      path,
      line({
        type,
        mode: Number(stat.mode) & 0o7777,
        uid: Number(stat.uid),
        gid: Number(stat.gid),
        links: Number(stat.nlink),
        device,
        mtime: stat.mtimeNs,
        xattrs: xattrs.get(path) ?? [],
        holds:
          type === 'file'
            ? digest(readFileSync(host))
            : type === 'symlink'
              ? decodeName(readlinkSync(host, { encoding: 'buffer' }))
              : '',
      }),
    );
    if (type !== 'directory') return;
    for (const name of readdirSync(host, { encoding: 'buffer' })) {
      visit(Buffer.concat([host, Buffer.from('/'), name]), join(path, '/', decodeName(name)));
    }
  };
  visit(Buffer.from(folder), '/');
  return lines;
}

/** The lines in which two descriptions differ, sorted; empty when they are equal. */
export function differences(actual: Description, expected: Description): string[] {
  const paths = new Set([...actual.keys(), ...expected.keys()]);
  const differing = [...paths].filter((path) => actual.get(path) !== expected.get(path));
  return differing.sort(compareNames).map((path) => {
    const [is, wanted] = [actual.get(path) ?? 'missing', expected.get(path) ?? 'not expected'];
    return `${path}\n  is      ${is}\n  wanted  ${wanted}`;
  });
}

interface Facts {
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly device: string;
  readonly mtime: bigint;
  readonly xattrs: readonly string[];
  readonly holds: string;
}

function line({ type, mode, uid, gid, links, device, mtime, xattrs, holds }: Facts): string {
  const words = [type, mode.toString(8), `${uid}:${gid}`, `links=${links}`, device, `mtime=${mtime}`];
  return [...words, ...[...xattrs].sort(), holds].filter((word) => word !== '').join(' ');
}

function holds(entry: Entry): string {
  if (entry.type === 'file') return digest(readContent(entry.content));
  return entry.type === 'symlink' ? entry.target : '';
}

/** A directory's own name, its `.`, and a `..` in each subdirectory. */
function directoryLinks(entry: Entry & { type: 'directory' }): number {
  return 2 + [...entry.children.values()].filter(({ type }) => type === 'directory').length;
}

function deviceOf(rdev: bigint): string {
  const major = Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n));
  const minor = Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n));
  return `${major}:${minor}`;
}

function digest(bytes: Uint8Array): string {
  return `${bytes.length} bytes ${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}`;
}

function readXattrs(folder: string): Map<string, string[]> {
  const dump = judge('getfattr', [
    '-R',
    '-P',
    '-h',
    '-d',
    '-m',
    '-',
    '-e',
    'hex',
    '--absolute-names',
    folder,
  ]);
  const found = new Map<string, string[]>();
  let path = '';
  for (const text of dump.split('\n')) {
    const file = /^# file: (.*)$/.exec(text);
    if (file) path = unescapeOctal(file[1]!).slice(folder.length) || '/';
    const attribute = /^([^#=]+)=0x([0-9a-f]*)$/.exec(text);
    if (attribute) found.set(path, [...(found.get(path) ?? []), `${attribute[1]}=${attribute[2]}`]);
  }
  return found;
}

/** getfattr writes bytes outside printable ASCII, and backslashes, as three octal digits. */
function unescapeOctal(text: string): string {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const octal = text[at] === '\\' ? /^[0-7]{3}/.exec(text.slice(at + 1)) : null;
    if (octal) {
      bytes.push(Number.parseInt(octal[0], 8));
      at += 3;
    } else bytes.push(...encodeName(text[at]!));
  }
  return decodeName(Uint8Array.from(bytes));
}
