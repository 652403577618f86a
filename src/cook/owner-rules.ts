import { forKey, RootlessBakeError } from '../errors.ts';
import type { Pause } from '../host.ts';
import { didYouMean } from '../suggest.ts';
import { type Entry, setMetadata } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { OwnerRule } from './options.ts';

/**
 * Applies the recipe's metadata rules in their order. Links on the way are followed, a link at the end is not.
 *
 * @param pause called after each entry
 * @throws RB_INPUT_NOT_FOUND when a rule's path is not in the root
 */
export async function applyOwnerRules(tree: Tree, rules: readonly OwnerRule[], pause: Pause): Promise<void> {
  for (const [index, rule] of rules.entries()) {
    const path = forKey(`cook.owners[${index}].path`, () => find(tree, rule.path));
    const entry = tree.get(path)!;
    if (rule.mode !== undefined) setMetadata(entry, { mode: Number.parseInt(rule.mode, 8) });
    if (rule.owner === undefined || rule.owner === 'keep') continue;
    const [uid, gid] = rule.owner.split(':').map(Number);
    const entries: Iterable<{ entry: Entry }> = rule.recursive ? tree.walk(path) : [{ entry }];
    for (const item of entries) {
      setMetadata(item.entry, { uid: uid!, gid: gid! });
      const paused = pause();
      if (paused) await paused;
    }
  }
}

function find(tree: Tree, path: string): string {
  if (tree.get(path)) return path;
  const cut = path.replace(/\/+$/, '').lastIndexOf('/');
  const parent = tree.resolve(path.slice(0, Math.max(cut, 0)) || '/');
  const name = path.slice(cut + 1).replace(/\/+$/, '');
  const place = parent && `${parent.path === '/' ? '' : parent.path}/${name}`;
  if (place !== undefined && tree.get(place)) return place;
  const siblings = parent?.entry.type === 'directory' ? [...parent.entry.children.keys()] : [];
  throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `the root has no ${path}`, {
    hint:
      didYouMean(name, siblings) ??
      'a rule is for what is in the root when all else is done: check its path, or leave it out',
  });
}
