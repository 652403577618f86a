import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isSystemError, RootlessBakeError } from '../../errors.ts';

/**
 * Public keys by their file names, as /etc/apk/keys has them.
 *
 * @throws RB_INPUT_NOT_FOUND with the key `[0]`, `[1]` … of the list
 */
export function readKeyFiles(paths: readonly string[]): Map<string, string> {
  return new Map(
    paths.map((path, index) => {
      try {
        return [basename(path), readFileSync(path, 'utf8')];
      } catch (error) {
        if (!isSystemError(error)) throw error;
        throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `the key ${path} cannot be read: ${error.code}`, {
          hint: 'check apkKeys in the recipe',
          key: `[${index}]`,
          cause: error,
        });
      }
    }),
  );
}
