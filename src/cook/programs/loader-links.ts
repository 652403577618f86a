import { dirname, relative } from 'node:path/posix';
import { metadata, symlinkEntry } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';

/**
 * Makes the loader that a program names reachable where it lies below /usr only, as in packages of distributions with
 * merged /usr, whose `/lib64 -> usr/lib64` belongs to another package: by that link where the root has no such
 * directory, else by a link in it.
 *
 * @param interpreter an absolute path
 * @param mtime nanoseconds
 * @returns whether the path leads to a file now
 */
export function linkLoader(tree: Tree, interpreter: string, mtime: bigint): boolean {
  if (tree.resolve(interpreter)?.entry.type === 'file') return true;
  const merged = tree.resolve(`/usr${interpreter}`)?.entry;
  if (merged?.type !== 'file') return false;
  const meta = metadata({ mtime, origin: merged.origin });
  const folder = dirname(interpreter);
  const place = tree.follow(folder);
  if (place && !place.entry && dirname(folder) === '/' && !tree.get(folder)) {
    tree.set(folder, symlinkEntry(`usr${folder}`, meta));
  } else if (place?.entry?.type === 'directory' && !tree.get(interpreter)) {
    const path = `${place.path}/${interpreter.slice(folder.length + 1)}`;
    tree.set(path, symlinkEntry(relative(place.path, `/usr${interpreter}`), meta));
  }
  return tree.resolve(interpreter)?.entry.type === 'file';
}
