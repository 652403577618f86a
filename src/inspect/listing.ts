import type { Pause } from '../host.ts';
import type { Entry, EntryType } from '../tree/entry.ts';
import { encodeName } from '../tree/name.ts';
import { joinPath } from '../tree/path.ts';
import { eachEntry } from '../tree/totals.ts';
import { countLink, sortedNames, type Tree, type TreeItem } from '../tree/tree.ts';
import { entrySize, formatTime } from './entry-facts.ts';

export interface ListOptions {
  /** Lines as `ls -l --numeric-uid-gid --time-style=long-iso` writes them in UTC. */
  readonly long?: boolean;
  /** All directories below, too. */
  readonly recursive?: boolean;
}

/** A directory's names, or the one name that was asked for. */
export interface Listing {
  /** Absent for something that is no directory. */
  readonly directory?: string;
  readonly items: readonly TreeItem[];
}

const LETTERS: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
  socket: 's',
};

/** What is to be listed for a path, in the order of `ls -R`. */
export function* listings(start: TreeItem, recursive = false): Generator<Listing> {
  if (start.entry.type !== 'directory') {
    yield { items: [start] };
    return;
  }
  const pending: TreeItem[] = [start];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path, entry } = next;
    if (entry.type !== 'directory') continue;
    const items = sortedNames(entry).map((name): TreeItem => {
      return { path: joinPath(path, name), name, entry: entry.children.get(name)! };
    });
    yield { directory: path, items };
    if (!recursive) return;
    pending.push(...items.filter((item) => item.entry.type === 'directory').reverse());
  }
}

/**
 * Lists a path as ls(1) with `-A` does: in the order of the names' bytes; what is not printable in a name is escaped.
 * Directories have the size 0, for it says nothing about what is in them.
 *
 * @param tree for the counts of links
 * @param pause called after each line
 */
export async function formatListing(
  tree: Tree,
  start: TreeItem,
  { long = false, recursive = false }: ListOptions,
  pause: Pause,
): Promise<string> {
  const counts = new Map<Entry, number>();
  if (long) await eachEntry(tree, pause, (entry) => countLink(counts, entry));
  const parts: string[] = [];
  for (const { directory, items } of listings(start, recursive)) {
    const names: string[] = [];
    for (const { name, path, entry } of items) {
      const shown = escapeName(directory === undefined ? path : name);
      names.push(long && entry.type === 'symlink' ? `${shown} -> ${escapeName(entry.target)}` : shown);
      const paused = pause();
      if (paused) await paused;
    }
    const lines = long ? await longLines(items, names, counts, pause) : names;
    const head = recursive && directory !== undefined ? `${escapeName(directory)}:\n` : '';
    parts.push(head + lines.map((line) => `${line}\n`).join(''));
  }
  return parts.join(recursive ? '\n' : '');
}

async function longLines(
  items: readonly TreeItem[],
  names: readonly string[],
  counts: ReadonlyMap<Entry, number>,
  pause: Pause,
): Promise<string[]> {
  const hasAcl = items.some(({ entry }) => isAcl(entry));
  const widths = [0, 0, 0, 0, 0, 0];
  const rows: string[][] = [];
  for (const { entry } of items) {
    const row = [
      `${LETTERS[entry.type]}${permissions(entry)}${hasAcl ? (isAcl(entry) ? '+' : ' ') : ''}`,
      `${entry.type === 'directory' ? directoryLinks(entry) : (counts.get(entry) ?? 1)}`,
      `${entry.uid}`,
      `${entry.gid}`,
      'major' in entry ? `${entry.major}, ${entry.minor}` : `${entrySize(entry) ?? 0}`,
      formatTime(entry.mtime).replace(/^(.*)T(\d\d:\d\d).*$/, '$1 $2'),
    ];
    rows.push(row);
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column]!, cell.length);
    const paused = pause();
    if (paused) await paused;
  }
  const lines: string[] = [];
  for (const [at, row] of rows.entries()) {
    lines.push(`${row.map((cell, i) => cell.padStart(widths[i]!)).join(' ')} ${names[at]}`);
    const paused = pause();
    if (paused) await paused;
  }
  return lines;
}

/** `rwxr-sr-t`, with the letters of setuid, setgid and sticky in the place of x. */
function permissions({ mode }: Entry): string {
  const letters = [...'rwxrwxrwx'].map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : '-'));
  const special: readonly (readonly [bit: number, index: number, letter: string])[] = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ];
  for (const [bit, index, letter] of special) {
    if (mode & bit) letters[index] = letters[index] === 'x' ? letter : letter.toUpperCase();
  }
  return letters.join('');
}

function isAcl({ xattrs }: Entry): boolean {
  return xattrs.has('system.posix_acl_access') || xattrs.has('system.posix_acl_default');
}

function directoryLinks(entry: Entry & { type: 'directory' }): number {
  let links = 2;
  for (const child of entry.children.values()) if (child.type === 'directory') links += 1;
  return links;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** A name on one line and without what steers a terminal, in the manner of `ls -b`, spaces as they are. */
export function escapeName(name: string): string {
  return name.replaceAll(/[\\\p{C}\u2028\u2029]/gu, (character) => {
    const known = ESCAPES[character];
    if (known !== undefined) return known;
    return [...encodeName(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  });
}
