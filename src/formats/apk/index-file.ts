import { damagedApk } from './errors.ts';
import { readGzipMember } from './gzip-member.ts';
import { type ApkKeys, verifySignature } from './signature.ts';
import { tarFiles } from './tar-files.ts';

/** Alpine's largest index is 12 MB; all of them together stay well below. */
const INDEX_LIMIT = 512 << 20;
const SIGNATURE_LIMIT = 1 << 20;

/**
 * Reads an `APKINDEX.tar.gz`: a member with signatures, and a member with a tar of `DESCRIPTION` and `APKINDEX`.
 *
 * @returns the text of `APKINDEX`, in UTF-8
 * @throws RB_SIGNATURE_INVALID when none of the keys has signed it
 * @throws RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED, RB_LIMIT_EXCEEDED
 */
export function readIndexFile(bytes: Uint8Array, keys: ApkKeys, what: string): Buffer {
  const signatures = readGzipMember(bytes, 0, SIGNATURE_LIMIT, what);
  const stored = bytes.subarray(signatures.stored.length);
  verifySignature(signatures, stored, keys, what);
  const { content } = readGzipMember(bytes, signatures.stored.length, INDEX_LIMIT, what);
  for (const { name, body } of tarFiles(content, what)) {
    if (name === 'APKINDEX') return Buffer.from(body.buffer, body.byteOffset, body.length);
  }
  throw damagedApk(what, 'it holds no APKINDEX');
}
