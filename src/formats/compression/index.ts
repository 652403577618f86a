import { pacer } from '../../host.ts';
import { type Compression, detectCompression, MAGIC_LENGTH } from './detect.ts';
import { gunzip, gzip } from './gzip.ts';
import { unxz } from './xz.ts';
import { unzstd } from './zstd.ts';
import { zstd } from './zstd-encode.ts';

export { type Compression, detectCompression } from './detect.ts';
export { gzipDeterministic } from './gzip.ts';

/** What can be written. */
export type OutputCompression = Exclude<Compression, 'xz'>;

type Decoder = (chunks: AsyncIterable<Uint8Array>, what: string) => AsyncIterable<Uint8Array>;

const DECODERS: Record<Exclude<Compression, 'none'>, Decoder> = {
  gzip: gunzip,
  xz: (chunks, what) => paced(unxz(chunks, what)),
  zstd: (chunks, what) => paced(unzstd(chunks, what)),
};

/** Decompressed bytes after which the event loop gets a turn: what is done in this thread gives it none by itself. */
const BREATH = 256 * 1024;

async function* paced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const breathe = pacer(BREATH);
  for await (const chunk of chunks) {
    yield chunk;
    await breathe(chunk.length);
  }
}

/**
 * Decompresses a stream of gzip, xz or zstd, told by its first bytes; anything else passes through as it is.
 * What the source throws is thrown on unchanged.
 *
 * @param what names the input in errors, such as its path
 * @throws RB_ARCHIVE_DAMAGED when the data is corrupt, cut off or followed by something else
 * @throws RB_ARCHIVE_UNSUPPORTED for compressions that are not read
 */
export async function* decompressStream(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { head, whole } = await peek(chunks, MAGIC_LENGTH);
  const compression = detectCompression(head, what);
  if (compression === 'none') yield* whole;
  else yield* DECODERS[compression](whole, what);
}

/**
 * The same for a compression that is told, not looked for: data of another one is damaged.
 *
 * @throws RB_ARCHIVE_DAMAGED as {@link decompressStream}
 */
export async function* decompressAs(
  compression: Compression,
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* compression === 'none' ? chunks : DECODERS[compression](chunks, what);
}

/**
 * The same as {@link decompressStream} for bytes at hand, such as a `.ko.xz`.
 *
 * @throws RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED as {@link decompressStream}
 */
export async function decompress(bytes: Uint8Array, what: string): Promise<Uint8Array> {
  if (detectCompression(bytes, what) === 'none') return bytes;
  const parts: Uint8Array[] = [];
  for await (const part of decompressStream([bytes], what)) parts.push(part);
  return Buffer.concat(parts);
}

/** Compresses a stream, at a level between speed and size. Equal bytes give equal bytes. */
export async function* compressStream(
  compression: OutputCompression,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* compression === 'none' ? chunks : compression === 'gzip' ? gzip(chunks) : zstd(chunks);
}

/** Reads the first bytes of a stream and gives them together with the whole stream. */
async function peek(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ head: Uint8Array; whole: AsyncGenerator<Uint8Array, void, undefined> }> {
  const iterator = (async function* () {
    yield* chunks;
  })();
  const first: Uint8Array[] = [];
  let size = 0;
  while (size < length) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value);
    size += value.length;
  }
  const head = Buffer.concat(first.map((chunk) => chunk.subarray(0, length)));
  return {
    head,
    whole: (async function* () {
      try {
        yield* first;
        yield* iterator;
      } finally {
        await iterator.return();
      }
    })(),
  };
}
