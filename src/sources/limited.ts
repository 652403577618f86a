import { limitExceeded } from '../store/blob-writer.ts';

/**
 * Chunks on their way through, which may be so many bytes together: nobody can tell from a compressed stream how much
 * it holds.
 *
 * @param what names the stream in the error
 * @throws RB_LIMIT_EXCEEDED
 */
export async function* limited(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw limitExceeded(what, limit);
    yield chunk;
  }
}
