import { dirname } from 'node:path/posix';
import type { Settlement } from '../tree/layer.ts';
import { joinPath, normalizePath } from '../tree/path.ts';
import type { Tree } from '../tree/tree.ts';
import type { ConflictOptions } from './options.ts';

/**
 * How a content settles a path that is in the root already: by the longest of its own paths that the path is, or lies
 * below; `true` is the shortest.
 *
 * @param tree the root, whose links the option's paths may go through
 */
export function settlementBy(
  { replace = false, skip = false }: ConflictOptions,
  tree: Tree,
): (path: string) => Settlement {
  const rules = [...rulesOf('skip', skip, tree), ...rulesOf('replace', replace, tree)].sort(
    (a, b) => b.path.length - a.path.length,
  );
  return (path) => rules.find((rule) => isWithin(path, rule.path))?.settlement ?? 'refuse';
}

interface Rule {
  /** Canonical. */
  readonly path: string;
  readonly settlement: Settlement;
}

function rulesOf(settlement: Settlement, option: boolean | readonly string[], tree: Tree): Rule[] {
  const paths = typeof option === 'boolean' ? (option ? ['/'] : []) : option;
  return paths.map((path) => ({ settlement, path: parentFollowed(normalizePath(path), tree) }));
}

/** The path as the root has it: its last name may be a link, those before it are followed. */
function parentFollowed(path: string, tree: Tree): string {
  const parent = tree.follow(dirname(path));
  return path === '/' || !parent ? path : joinPath(parent.path, path.slice(path.lastIndexOf('/') + 1));
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
