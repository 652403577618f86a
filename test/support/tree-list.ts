import { createHash } from 'node:crypto';
import { readContent } from '../../src/tree/content.ts';
import type { Entry } from '../../src/tree/entry.ts';
import { encodeName } from '../../src/tree/name.ts';
import type { Tree } from '../../src/tree/tree.ts';

/** What of an entry goes into a list besides its name, type, owner and mode. */
export interface ListOptions {
  /** Times in whole seconds, in nanoseconds, or not at all. */
  readonly mtime?: 'seconds' | 'nanoseconds' | 'none';
  readonly xattrs?: boolean;
}

/**
 * One line per name, for comparing trees: path, type, owner, mode, time, what it holds, and the first name
 * of its inode when that is another.
 */
export function listTree(tree: Tree, options: ListOptions = {}): string[] {
  const { mtime = 'nanoseconds', xattrs = true } = options;
  const first = new Map<Entry, string>();
  return [...tree.walk()].map(({ path, entry }) => {
    const link = first.get(entry);
    if (!link && entry.type !== 'directory') first.set(entry, path);
    const seconds = entry.mtime / 1_000_000_000n - (entry.mtime % 1_000_000_000n < 0n ? 1n : 0n);
    return [
      Buffer.from(encodeName(path)).toString('latin1'),
      entry.type,
      `${entry.uid}:${entry.gid}`,
      entry.mode.toString(8).padStart(4, '0'),
      ...(mtime === 'none' ? [] : [mtime === 'seconds' ? String(seconds) : String(entry.mtime)]),
      ...holds(entry),
      ...(xattrs ? [...entry.xattrs].sort().map(([key, value]) => `${key}=${hex(value)}`) : []),
      ...(link ? [`same as ${link}`] : []),
    ].join(' ');
  });
}

function holds(entry: Entry): string[] {
  switch (entry.type) {
    case 'file':
      return [
        String(entry.content.size),
        createHash('sha256').update(readContent(entry.content)).digest('hex'),
      ];
    case 'symlink':
      return [`-> ${entry.target}`];
    case 'char':
    case 'block':
      return [`${entry.major},${entry.minor}`];
    default:
      return [];
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
