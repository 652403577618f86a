import { gzipSync } from 'node:zlib';
import { BLOCK, encodeHeader } from '../tar/header.ts';
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

/**
 * Writes an `APKINDEX.tar.gz` that nobody has signed, which apk takes with `--allow-untrusted`.
 *
 * @param records the lines of the packages
 */
export function writeIndexFile(records: readonly string[]): Uint8Array {
  const text = records.map((record) => `${record.trimEnd()}\n\n`).join('');
  const body = Buffer.from(text, 'utf8');
  const header = new Uint8Array(BLOCK);
  const none = new Uint8Array(0);
  encodeHeader(
    {
      name: Buffer.from('APKINDEX'),
      linkname: none,
      typeflag: '0',
      mode: 0o644,
      uid: 0,
      gid: 0,
      size: body.length,
      mtime: 0,
      major: 0,
      minor: 0,
    },
    header,
  );
  return gzipSync(Buffer.concat([header, body, Buffer.alloc((-body.length & (BLOCK - 1)) + 2 * BLOCK)]));
}
