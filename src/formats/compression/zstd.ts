import { damaged } from './damage.ts';

/** The decoder takes its input in pieces of this size, so that its memory stays small. */
const PIECE = 128 * 1024;

/**
 * The shortest frame of RFC 8878 is 8 bytes long (a skippable one without content). A decoder that gives
 * nothing more often than this many times per piece is stuck on an error, which it does not report itself.
 */
const EMPTY_OUTPUTS = PIECE / 8 + 16;

/**
 * Decompresses zstd, of one frame or several. The decoder reads synchronously, so the compressed bytes are
 * gathered in memory first; the output is streamed.
 */
export async function* unzstd(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { ZSTDDecoder } = await import('zstddec/stream');
  const input: Uint8Array[] = [];
  for await (const chunk of chunks) input.push(chunk);
  const decoder = new ZSTDDecoder();
  await decoder.init();
  let idle = 0;
  const output = decoder.decodeStreaming(pieces(input));
  while (true) {
    let next: IteratorResult<Uint8Array>;
    try {
      next = output.next();
    } catch (error) {
      throw damaged('zstd', what, error);
    }
    if (next.done) return;
    idle = next.value.length === 0 ? idle + 1 : 0;
    if (idle > EMPTY_OUTPUTS) throw damaged('zstd', what);
    if (next.value.length > 0) yield next.value;
  }
}

function* pieces(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += PIECE) yield chunk.subarray(at, at + PIECE);
  }
}
