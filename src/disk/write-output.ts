import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { temporaryName, unwritable } from './image-file.ts';

/**
 * Writes a small file under a temporary name and renames it, over what has that name.
 *
 * @throws RB_OUTPUT_UNWRITABLE, and leaves nothing then
 */
export function writeOutput(path: string, bytes: Uint8Array | string): void {
  const full = resolve(path);
  const temporary = temporaryName(full);
  try {
    writeFileSync(temporary, bytes, { flag: 'wx' });
    renameSync(temporary, full);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw unwritable(path, error);
  }
}
