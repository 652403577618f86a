import { type DirectoryEntry, directoryEntry, metadata } from './entry.ts';
import { Tree } from './tree.ts';

/**
 * A tree with directories of its own and everything else shared: adding and removing names leaves the
 * original alone, and hard links stay links.
 */
export function cloneDirectories(tree: Tree): Tree {
  const copy = new Tree(metadata(tree.root));
  copyChildren(tree.root, copy.root);
  return copy;
}

function copyChildren(from: DirectoryEntry, to: DirectoryEntry): void {
  for (const [name, entry] of from.children) {
    if (entry.type !== 'directory') {
      to.children.set(name, entry);
      continue;
    }
    const directory = directoryEntry(metadata(entry));
    to.children.set(name, directory);
    copyChildren(entry, directory);
  }
}
