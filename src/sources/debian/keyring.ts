import * as nodeFs from 'node:fs';
import { RootlessBakeError } from '../../errors.ts';
import { type KeyringKey, readKeyring } from '../../formats/openpgp/index.ts';
import { readContent } from '../../tree/content.ts';
import { readHostFile } from '../file.ts';

/** Where Debian's package debian-archive-keyring has the keys that its archive is signed by. */
export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * Loads the keys that may sign a repository.
 *
 * @param paths of keyrings; {@link DEBIAN_KEYRING} when there are none
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE, RB_SIGNATURE_INVALID when one is no keyring
 */
export function loadKeyrings(paths: readonly string[] = [DEBIAN_KEYRING]): KeyringKey[] {
  return paths.flatMap((path) => readKeyring(readBytes(path), `the keyring ${path}`));
}

function readBytes(path: string): Uint8Array {
  try {
    return readContent(readHostFile(nodeFs, path));
  } catch (error) {
    const isMissing = error instanceof RootlessBakeError && error.code === 'RB_INPUT_NOT_FOUND';
    if (!isMissing || path !== DEBIAN_KEYRING) throw error;
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `this machine has no keyring of Debian, ${path}`, {
      hint: "install Debian's package debian-archive-keyring, or name the file of the keys by keyring",
      cause: error,
    });
  }
}
