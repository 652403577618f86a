import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { untrustedApk } from './errors.ts';
import type { GzipMember } from './gzip-member.ts';
import { tarFiles } from './tar-files.ts';

/** Public keys in PEM by their file names in /etc/apk/keys, by which signatures name them. */
export type ApkKeys = ReadonlyMap<string, string>;

/** The first member of a signed file: a tar of `.SIGN.ALGORITHM.KEY` entries (apk-package(5)). */
const SIGNATURE_ENTRY = /^\.SIGN\.([A-Z0-9]+)\.(.+)$/;

/** What comes between the two dots; the older, with SHA-1, is the one in use. */
const HASHES = new Map([
  ['RSA', 'RSA-SHA1'],
  ['RSA256', 'RSA-SHA256'],
]);

/**
 * Checks that one of the keys has signed some stored bytes.
 *
 * @param signatures the member that holds the signatures
 * @throws RB_SIGNATURE_INVALID when no key that is known has signed, or one that is known has signed other bytes
 */
export function verifySignature(
  signatures: GzipMember,
  stored: Uint8Array,
  keys: ApkKeys,
  what: string,
): void {
  const unknown: string[] = [];
  for (const { name, body } of tarFiles(signatures.content, what)) {
    const [, algorithm, keyName] = SIGNATURE_ENTRY.exec(name) ?? [];
    const hash = HASHES.get(algorithm ?? '');
    if (!hash || keyName === undefined) continue;
    const pem = keys.get(keyName);
    if (pem === undefined) {
      unknown.push(keyName);
      continue;
    }
    if (verify(hash, stored, publicKey(pem, keyName), body)) return;
    throw untrustedApk(what, `its bytes are not those that ${keyName} has signed`);
  }
  if (unknown.length === 0) throw untrustedApk(what, 'it is not signed');
  throw untrustedApk(
    what,
    `it is signed by ${unknown.join(', ')}, which is not among the known keys`,
    'if you trust that key, name its file under apkKeys in the recipe, or put it into /etc/apk/keys of the base',
  );
}

function publicKey(pem: string, name: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch {
    throw untrustedApk(`the key ${name}`, 'it is no public key in PEM');
  }
}
