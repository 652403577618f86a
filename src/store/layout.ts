import { join } from 'node:path';
import { RootlessBakeError } from '../errors.ts';

/**
 * Where things lie in a store:
 *
 * - `blobs/sha256/ab/abcd…`: the bytes, read-only
 * - `about/ab/abcd….json`: what a blob is ({@link ./about.ts}); its mtime is the blob's last use
 * - `records/KIND/ab/abcd….json`: small values by the sha256 of their key; its mtime is its last use
 * - `partial/abcd…`: what an interrupted download has left
 * - `tmp/`: what is being written
 */
export const FOLDERS = {
  blobs: 'blobs/sha256',
  about: 'about',
  records: 'records',
  partial: 'partial',
  tmp: 'tmp',
};

export function blobPath(directory: string, sha256: string): string {
  return join(directory, FOLDERS.blobs, sha256.slice(0, 2), sha256);
}

export function aboutPath(directory: string, sha256: string): string {
  return join(directory, FOLDERS.about, sha256.slice(0, 2), `${sha256}.json`);
}

/** @param digest of the canonical key, in hex */
export function recordPath(directory: string, kind: string, digest: string): string {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(kind)) {
    throw new RootlessBakeError('RB_INTERNAL', `${JSON.stringify(kind)} is no kind of record`);
  }
  return join(directory, FOLDERS.records, kind, digest.slice(0, 2), `${digest}.json`);
}

/** Lower case. @throws RB_ARGUMENT when it is no sha256 in hex */
export function checkSha256(sha256: string): string {
  const lower = sha256.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(lower)) return lower;
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(sha256.slice(0, 80))} is no sha256`, {
    hint: 'a sha256 is 64 hexadecimal digits',
  });
}
