import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createGunzip, gzip as gzipCallback } from 'node:zlib';
import { damaged, guardSource } from './damage.ts';

/** Byte 9 of a gzip header (RFC 1952): the operating system, 3 for Unix. */
const OS_BYTE = 9;
const OS_UNIX = 3;

const gzip = promisify<Uint8Array, object, Buffer>(gzipCallback);

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
  const compressed = await gzip(bytes, { level: constants.Z_BEST_COMPRESSION });
  compressed[OS_BYTE] = OS_UNIX;
  return compressed;
}
