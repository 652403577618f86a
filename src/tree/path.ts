import { RootlessBakeError } from '../errors.ts';

/**
 * The names of a path inside a tree. Leading, trailing and doubled slashes and `.` carry no meaning; `..`
 * and NUL are refused, for no entry of a tree can have such a name.
 *
 * @throws RB_PATH_INVALID
 */
export function splitPath(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  for (const name of names) {
    if (name === '..') throw invalid(path, 'it leaves its parent with ".."');
    if (name.includes('\0')) throw invalid(path, 'it holds a NUL byte');
  }
  return names;
}

/** The canonical spelling of a tree path: absolute, no trailing slash; the root is `/`. */
export function normalizePath(path: string): string {
  return `/${splitPath(path).join('/')}`;
}

/** `parent` and a name under it, both canonical. */
export function joinPath(parent: string, name: string): string {
  return parent === '/' ? `/${name}` : `${parent}/${name}`;
}

function invalid(path: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_PATH_INVALID', `path ${JSON.stringify(path)} is not allowed: ${why}`, {
    hint: 'write it without; if it comes from an archive, do not use that one',
  });
}
