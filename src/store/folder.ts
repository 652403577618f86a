import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';

/**
 * Makes a folder and those above it that are missing.
 *
 * @param mode of the folder itself
 * @throws system errors
 */
export function makeFolders(path: string, mode = 0o777): void {
  const full = resolve(path);
  // Not `recursive`: that goes on for ever where a parent is there and takes no folders, as /proc.
  try {
    mkdirSync(full, { mode });
  } catch (error) {
    if (isFolder(full)) return;
    const parent = dirname(full);
    if (!isSystemError(error, 'ENOENT') || parent === full || isFolder(parent)) throw error;
    makeFolders(parent);
    makeFolders(full, mode);
  }
}

/** Whether a path leads to a folder; what cannot be looked at is none. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Makes a folder of ours, with those above it, unless it is there already.
 *
 * @param hint what the user can do when it cannot be had
 * @throws RB_OUTPUT_UNWRITABLE when it cannot be made or written
 */
export function makeFolder(path: string, hint: string): void {
  try {
    makeFolders(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new RootlessBakeError(
      'RB_OUTPUT_UNWRITABLE',
      `the folder ${path} cannot be written: ${error.code}`,
      {
        hint,
        cause: error,
      },
    );
  }
}

/** @throws RB_OUTPUT_UNWRITABLE */
export function makeTemporaryFolder(path: string): void {
  makeFolder(path, 'it is for temporary files: name another one by TMPDIR');
}

/** @throws RB_OUTPUT_UNWRITABLE */
export function makeCacheFolder(path: string): void {
  makeFolder(path, 'it is the cache: check its owner and permissions, or name another one by RB_CACHE_DIR');
}

/** System errors that say that no more can be written. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS'];

/** The error for temporary files that the folder has no room for; anything else is given back as it is. */
export function temporaryFilesError(folder: string, error: unknown): unknown {
  if (!isSystemError(error) || !NO_ROOM.includes(error.code ?? '')) return error;
  return new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `${folder} takes no temporary file: ${error.code}`, {
    hint: 'free some space there, or name another folder by TMPDIR',
    cause: error,
  });
}
