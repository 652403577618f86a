import { RootlessBakeError } from '../../errors.ts';
import { metadata } from '../../tree/entry.ts';
import { splitPath } from '../../tree/path.ts';
import { Tree, type TreeItem } from '../../tree/tree.ts';

/** So many paths are named in a hint. */
const SHOWN = 3;

/**
 * The part of a tree that some paths pick: files, and directories with all that is below them. `*` and `?` stand for
 * characters of one name, `**` for any number of names. Parents come along as they are.
 *
 * @param patterns with or without a slash in front
 * @param what the tree is of, for errors
 * @throws RB_INPUT_NOT_FOUND for a pattern that picks nothing
 */
export function pickPaths(tree: Tree, patterns: readonly string[], what: string): Tree {
  const picked = new Tree(metadata(tree.root));
  const open = new Set(patterns);
  const rules = patterns.map((pattern) => ({ pattern, expression: expressionOf(pattern) }));
  const parents = new Map<string, TreeItem>();
  for (const item of tree.walk()) {
    const { path, entry } = item;
    if (entry.type === 'directory') parents.set(path, item);
    const matching = rules.filter(({ expression }) => expression.test(path));
    if (matching.length === 0) continue;
    for (const { pattern } of matching) open.delete(pattern);
    for (const parent of above(path)) {
      if (!picked.get(parent)) picked.makeDirectory(parent, metadata(parents.get(parent)!.entry));
    }
    if (entry.type === 'directory') picked.makeDirectory(path, metadata(entry));
    else picked.set(path, entry);
  }
  for (const pattern of open) throw nothing(pattern, tree, what);
  return picked;
}

/** Directories above a canonical path, the root left out. */
function above(path: string): string[] {
  const names = splitPath(path);
  return names.slice(1).map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

/** Matches a path, and all below it. */
function expressionOf(pattern: string): RegExp {
  const names = splitPath(pattern).map((name) =>
    name === '**'
      ? '(?:/[^/]+)*'
      : `/${name
          .replaceAll(/[^*?]/g, (other) => other.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&'))
          .replaceAll(/\*+/g, '[^/]*')
          .replaceAll('?', '[^/]')}`,
  );
  return new RegExp(`^${names.join('')}(?:/.*)?$`, 'su');
}

function nothing(pattern: string, tree: Tree, what: string): RootlessBakeError {
  const last = splitPath(pattern).at(-1);
  const near = [...tree.walk()].filter(({ name }) => name === last).map(({ path }) => path.slice(1));
  return new RootlessBakeError(
    'RB_INPUT_NOT_FOUND',
    `only: ${JSON.stringify(pattern)} picks nothing of ${what}`,
    {
      hint:
        near.length > 0
          ? `did you mean ${near.slice(0, SHOWN).join(' or ')}?`
          : 'paths are those of the packages: dpkg-deb -c shows them',
    },
  );
}
