import type { DirectoryEntry, Entry } from './entry.ts';
import { joinPath } from './path.ts';
import type { Tree } from './tree.ts';

/** A directory, and all that lies below it. */
export interface DirectorySize {
  readonly path: string;
  /** Of files; a file with several names counts once, where it is found first. */
  readonly bytes: number;
  /** Entries of every type, directories among them. */
  readonly entries: number;
}

/** A parent with more than this share of its size in one child says nothing that the child does not. */
const NEARLY_ALL = 0.8;

/**
 * The directories below the root where most of the space is, largest first: a parent is left out where one of
 * its children holds nearly all of it.
 *
 * @param trees laid over each other
 */
export function largestDirectories(
  trees: readonly Tree[],
  by: 'bytes' | 'entries' = 'bytes',
  count = 10,
): DirectorySize[] {
  const sizes = new Map<string, DirectorySize>();
  const seen = new Set<Entry>();
  for (const { root } of trees) addSizes(root, '/', sizes, seen);
  const dull = new Set(['/']);
  for (const [path, size] of sizes) {
    const parent = path.slice(0, path.lastIndexOf('/')) || '/';
    if (size[by] >= NEARLY_ALL * sizes.get(parent)![by]) dull.add(parent);
  }
  return [...sizes.values()]
    .filter((size) => size[by] > 0 && !dull.has(size.path))
    .sort((a, b) => b[by] - a[by] || (a.path < b.path ? -1 : 1))
    .slice(0, count);
}

function addSizes(
  directory: DirectoryEntry,
  path: string,
  sizes: Map<string, DirectorySize>,
  seen: Set<Entry>,
): { bytes: number; entries: number } {
  let bytes = 0;
  let entries = 0;
  for (const [name, entry] of directory.children) {
    if (seen.has(entry)) continue;
    if (entry.type === 'directory') {
      const below = addSizes(entry, joinPath(path, name), sizes, seen);
      bytes += below.bytes;
      entries += below.entries + 1;
      continue;
    }
    seen.add(entry);
    entries += 1;
    if (entry.type === 'file') bytes += entry.content.size;
  }
  const known = sizes.get(path);
  sizes.set(path, { path, bytes: bytes + (known?.bytes ?? 0), entries: entries + (known?.entries ?? 0) });
  return { bytes, entries };
}
