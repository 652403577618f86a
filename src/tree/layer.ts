import { RootlessBakeError } from '../errors.ts';
import { type DirectoryEntry, directoryEntry, type Entry, metadata } from './entry.ts';
import { joinPath } from './path.ts';
import type { Tree } from './tree.ts';

/**
 * Lays `overlay` over `base`, in place. Files, links and devices replace what has their name; a directory
 * that exists keeps its metadata and gains the overlay's children. Where the base has a link that leads to
 * a directory (`/bin -> usr/bin`) and the overlay a directory, the children go where the link leads.
 *
 * @param to the directory of `base` that becomes the overlay's root; made when missing
 * @throws RB_TREE_CONFLICT when a directory and something else meet at one path
 */
export function layer(base: Tree, overlay: Tree, to = '/'): void {
  const { root } = overlay;
  const place = base.resolve(to);
  if (place && place.entry.type !== 'directory') throw conflict(to, place.entry, root);
  const target =
    place?.entry.type === 'directory'
      ? place.entry
      : base.makeDirectory(to, metadata({ ...root, origin: root.origin }));
  merge(base, target, root, place?.path ?? to);
}

function merge(base: Tree, target: DirectoryEntry, source: DirectoryEntry, path: string): void {
  for (const [name, entry] of source.children) {
    const here = joinPath(path, name);
    const existing = target.children.get(name);
    if (entry.type !== 'directory') {
      if (existing?.type === 'directory') throw conflict(here, existing, entry);
      target.children.set(name, entry);
      continue;
    }
    const directory = existing ? directoryAt(base, here, existing, entry) : directoryEntry(metadata(entry));
    if (!existing) target.children.set(name, directory);
    merge(base, directory, entry, here);
  }
}

function directoryAt(base: Tree, path: string, existing: Entry, wanted: Entry): DirectoryEntry {
  const place = existing.type === 'symlink' ? base.resolve(path)?.entry : existing;
  if (place?.type !== 'directory') throw conflict(path, existing, wanted);
  return place;
}

function conflict(path: string, existing: Entry, wanted: Entry): RootlessBakeError {
  return new RootlessBakeError(
    'RB_TREE_CONFLICT',
    `${path} is a ${existing.type} from ${existing.origin}, but a ${wanted.type} from ${wanted.origin}`,
    { hint: 'Leave one of the two out of the recipe, or remove the path in the script.' },
  );
}
