import { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { NetError } from './failure.ts';
import type { NetResponse } from './net.ts';
import { redactUrl } from './url.ts';

export type Encoding = 'gzip' | 'deflate' | 'br';

/** How a body is encoded although nobody asked for it; undefined when it is not. */
export function encodingOf({ headers, url }: Pick<NetResponse, 'headers' | 'url'>): Encoding | undefined {
  const named = (headers['content-encoding'] ?? '')
    .trim()
    .toLowerCase()
    .replace(/^x-gzip$/, 'gzip');
  if (named === '' || named === 'identity') return undefined;
  if (named === 'gzip' || named === 'deflate' || named === 'br') return named;
  throw new NetError('RB_NETWORK', `GET ${redactUrl(url)}: the answer is encoded as ${named}`, {
    hint: 'ask its operator: what is fetched as it is should come as it is',
  });
}

/**
 * Whether the file that was asked for is itself compressed. Servers that do not know better call the format
 * of a `.gz` its encoding; to decode it would be to damage it.
 */
export function isCompressedFile({ headers, url }: Pick<NetResponse, 'headers' | 'url'>): boolean {
  const type = headers['content-type'] ?? '';
  return /\.(?:gz|tgz|br|apk|svgz)$/i.test(new URL(url).pathname) || /gzip|compressed|x-tar/i.test(type);
}

/** The body as it is without its encoding. */
export async function* decodedBody(
  { body, url }: Pick<NetResponse, 'body' | 'url'>,
  encoding: Encoding,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = Readable.from(body, { objectMode: false });
  const decoder = { gzip: createGunzip, deflate: createInflate, br: createBrotliDecompress }[encoding]();
  source.once('error', (error) => decoder.destroy(error));
  try {
    yield* source.pipe(decoder) as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof NetError) throw error;
    throw new NetError('RB_NETWORK', `GET ${redactUrl(url)}: the answer is no good ${encoding}`, {
      transient: true,
      cause: error,
    });
  } finally {
    source.destroy();
  }
}
