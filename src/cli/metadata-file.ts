import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { checkFileOutput, temporaryName, unwritable } from '../disk/image-file.ts';

/**
 * Tells before any work is done that the file cannot be written. One that is there will be overwritten.
 *
 * @throws RB_OUTPUT_UNWRITABLE
 */
export function checkMetadataFile(path: string): void {
  checkFileOutput(path, { force: true });
}

/** Writes a command's result, under a temporary name first. @throws RB_OUTPUT_UNWRITABLE */
export function writeMetadataFile(path: string, text: string): void {
  const temporary = temporaryName(path);
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw unwritable(path, error);
  }
}
