import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGunzip, createGzip, gzip as gzipCallback } from 'node:zlib';
import { damaged, guardSource } from './damage.ts';
import { through } from './through.ts';

/** Byte 9 of a gzip header (RFC 1952): the operating system, 3 for Unix. */
const OS_BYTE = 9;
const OS_UNIX = 3;

/** For what is large: -9 takes more than twice the time for less than half a percent. */
const STREAM_LEVEL = 6;

const gzipAtOnce = promisify<Uint8Array, object, Buffer>(gzipCallback);

/** Decompresses gzip, of one member or several; zero bytes behind the last are padding. */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = guardSource(chunks);
  const output = createGunzip({ chunkSize: 256 * 1024 });
  const done = pipeline(Readable.from(source.chunks, { objectMode: true }), output).catch(() => {});
  try {
    for await (const chunk of output) yield chunk as Buffer;
  } catch (error) {
    source.rethrow();
    throw damaged('gzip', what, error);
  } finally {
    output.destroy();
    await done;
  }
}

/**
 * gzip -9 without name and time: equal input gives equal bytes (RFC 1952; OS byte Unix). It is done in a
 * thread of Node's, beside what this one does.
 */
export async function gzipDeterministic(bytes: Uint8Array): Promise<Uint8Array> {
  // Room for all of the output, or that thread would wait for this one after each 16 KiB.
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, bytes.length);
  const compressed = await gzipAtOnce(bytes, { level: constants.Z_BEST_COMPRESSION, chunkSize });
  compressed[OS_BYTE] = OS_UNIX;
  return compressed;
}

/** The same for a stream, of any length, at gzip -6. */
export async function* gzip(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of through(chunks, createGzip({ level: STREAM_LEVEL, chunkSize: 256 * 1024 }))) {
    if (isFirst) chunk[OS_BYTE] = OS_UNIX;
    isFirst = false;
    yield chunk;
  }
}
