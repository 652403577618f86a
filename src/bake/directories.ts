import type { DirectoryEntry, Entry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** A directory and the bytes of the files below it; a hard-linked file counts once. */
export interface DirectorySize {
  readonly path: string;
  readonly bytes: number;
}

/** The largest directories directly below the root, largest first. */
export function largestDirectories(tree: Tree, count = 10): DirectorySize[] {
  const seen = new Set<Entry>();
  return [...tree.root.children]
    .flatMap(([name, entry]) =>
      entry.type === 'directory' ? [{ path: `/${name}`, bytes: fileBytes(entry, seen) }] : [],
    )
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, count);
}

function fileBytes(directory: DirectoryEntry, seen: Set<Entry>): number {
  let total = 0;
  for (const entry of directory.children.values()) {
    if (entry.type === 'directory') total += fileBytes(entry, seen);
    else if (entry.type === 'file' && !seen.has(entry)) {
      seen.add(entry);
      total += entry.content.size;
    }
  }
  return total;
}
