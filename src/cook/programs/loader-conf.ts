import { dirname, join, resolve } from 'node:path/posix';
import { readContent } from '../../tree/content.ts';
import { sortedNames, type Tree } from '../../tree/tree.ts';

const CONF = '/etc/ld.so.conf';
/** What is included may include more. */
const MAX_FILES = 1000;
const MAX_BYTES = 1 << 20;

/**
 * The folders that glibc's ldconfig would look into beside the built-in ones. Loaders do not read them: they read
 * the cache that ldconfig makes of them.
 */
export function configuredFolders(tree: Tree): string[] {
  const folders: string[] = [];
  const files = new Set([CONF]);
  // Grows while it is walked.
  for (const path of files) {
    if (files.size > MAX_FILES) break;
    for (const line of linesOf(tree, path)) {
      const [, included] = /^include\s+(.+)$/.exec(line) ?? [];
      if (included === undefined) folders.push(line);
      else
        for (const pattern of included.split(/\s+/))
          for (const file of matching(tree, resolve(dirname(path), pattern))) files.add(file);
    }
  }
  return folders.filter((folder) => folder.startsWith('/'));
}

function linesOf(tree: Tree, path: string): string[] {
  const entry = tree.resolve(path)?.entry;
  if (entry?.type !== 'file' || entry.content.size > MAX_BYTES) return [];
  const lines = Buffer.from(readContent(entry.content)).toString('utf8').split('\n');
  return lines.map((line) => line.replace(/#.*/, '').trim()).filter((line) => line !== '');
}

/** Paths of the tree for a pattern with `*` in its last name. */
function matching(tree: Tree, pattern: string): string[] {
  const folder = tree.resolve(dirname(pattern))?.entry;
  if (folder?.type !== 'directory') return [];
  const parts = pattern.slice(pattern.lastIndexOf('/') + 1).split('*');
  const name = new RegExp(`^${parts.map((part) => part.replace(/[^\w-]/g, '\\$&')).join('.*')}$`, 's');
  return sortedNames(folder)
    .filter((own) => name.test(own))
    .map((own) => join(dirname(pattern), own));
}
