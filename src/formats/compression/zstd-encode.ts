import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { RootlessBakeError } from '../../errors.ts';
import { through } from './through.ts';

/** The part of `node:zlib` that came with Node 22.15, which the types of Node 20 do not know. */
interface Zstd {
  createZstdCompress?(options: {
    readonly chunkSize: number;
    readonly params: Readonly<Record<number, number>>;
  }): Transform;
}

/** `ZSTD_c_compressionLevel` of zstd.h. */
const COMPRESSION_LEVEL = 100;

/** Where zstd is clearly smaller than gzip -9 and still faster. */
const LEVEL = 9;

const { createZstdCompress } = zlib as Zstd;

/** @throws RB_ARCHIVE_UNSUPPORTED when this Node cannot write zstd */
export function checkZstd(): void {
  if (createZstdCompress) return;
  throw new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', 'this Node cannot write zstd', {
    hint: 'Write gzip, or use Node 22.15 or newer.',
  });
}

/**
 * Compresses to one frame of zstd (RFC 8878), without checksum. Equal bytes give equal bytes, in whatever
 * chunks they come.
 *
 * @throws RB_ARCHIVE_UNSUPPORTED as {@link checkZstd}
 */
export async function* zstd(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  checkZstd();
  const params = { [COMPRESSION_LEVEL]: LEVEL };
  yield* through(chunks, createZstdCompress!({ chunkSize: 256 * 1024, params }));
}
