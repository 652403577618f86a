import { RootlessBakeError } from '../errors.ts';
import type { Tree, TreeItem } from '../tree/tree.ts';

/**
 * What a path of an image leads to, links in it followed as in a chroot.
 *
 * @param image names the image in errors
 * @param follow whether a link at the end of the path is followed, too; one with a slash behind it always is
 * @throws RB_INPUT_NOT_FOUND
 */
export function lookUp(tree: Tree, path: string, image: string, follow: boolean): TreeItem {
  const found = follow || path.endsWith('/') ? tree.resolve(path) : withoutLast(tree, path);
  if (found) return found;
  throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${image} has no ${path}`, {
    hint: `rootless-bake ls ${image} lists what it has`,
  });
}

function withoutLast(tree: Tree, path: string): TreeItem | undefined {
  const [, parent = '', name = ''] = /^(.*?)([^/]*)$/s.exec(path) ?? [];
  if (name === '' || name === '.' || name === '..') return tree.resolve(path);
  const place = tree.resolve(parent);
  if (place?.entry.type !== 'directory') return undefined;
  const entry = place.entry.children.get(name);
  return entry && { path: place.path === '/' ? `/${name}` : `${place.path}/${name}`, name, entry };
}
