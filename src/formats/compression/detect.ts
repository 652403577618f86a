import { RootlessBakeError } from '../../errors.ts';

/** How bytes are compressed. */
export type Compression = 'gzip' | 'xz' | 'zstd' | 'none';

/** As many bytes as {@link detectCompression} needs to tell. */
export const MAGIC_LENGTH = 6;

/** First bytes, from RFC 1952 (gzip), xz-file-format.txt (xz) and RFC 8878 (zstd, and its skippable frames). */
const READ: readonly (readonly [Compression, readonly number[]])[] = [
  ['gzip', [0x1f, 0x8b]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
];

/** Formats that are met in the wild and not read here. */
const REFUSED: readonly (readonly [string, readonly number[]])[] = [
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['lzip', [0x4c, 0x5a, 0x49, 0x50]],
  ['lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['lzop', [0x89, 0x4c, 0x5a, 0x4f]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
];

/**
 * Tells a compression by its first bytes; what is not known counts as not compressed.
 *
 * @param what names the input in errors
 * @throws RB_ARCHIVE_UNSUPPORTED for bzip2, lzip, lz4, lzop and zip
 */
export function detectCompression(head: Uint8Array, what: string): Compression {
  for (const [name, magic] of REFUSED) {
    if (!startsWith(head, magic)) continue;
    throw new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', `${what} is compressed by ${name}`, {
      hint: 'compress it by gzip, xz or zstd, or not at all',
    });
  }
  return READ.find(([, magic]) => startsWith(head, magic))?.[0] ?? 'none';
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => head[index] === byte);
}
