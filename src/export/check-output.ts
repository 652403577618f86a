import { existsSync, realpathSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { checkFileOutput, checkOutput } from '../disk/image-file.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { isFile, type RootOutput } from './output.ts';

/**
 * Tells before any work is done that a root cannot be written there.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE; the latter also when `force` would remove the folder that
 *   somebody works or lives in
 */
export function checkRootOutput(
  { path, format }: RootOutput,
  force: boolean | undefined,
  { env }: Pick<Host, 'env'>,
): void {
  if (isFile(format)) {
    checkFileOutput(path, { force });
    return;
  }
  checkOutput(path, { force });
  if (!existsSync(path)) return;
  const place = realpathSync(path);
  for (const precious of [realpathSync('.'), env['HOME']]) {
    if (!precious || relative(place, resolve(precious)).startsWith('..')) continue;
    throw new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${path}: ${precious} is in it`, {
      hint: 'give a folder with -o that may be replaced as a whole',
    });
  }
}
