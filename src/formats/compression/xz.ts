import { RootlessBakeError } from '../../errors.ts';
import { damaged, guardSource } from './damage.ts';

/** `XZ_OPTIONS_ERROR` of linux/xz.h, as it stands in the decoder's message. */
const OPTIONS_ERROR = /error code 6$/;

/**
 * Decompresses xz, of one stream or several. The decoder has room for one input at a time: a second one
 * waits until the first is read to its end or given up.
 *
 * @throws RB_ARCHIVE_UNSUPPORTED for filters other than LZMA2 and checks other than CRC
 */
export async function* unxz(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  // CommonJS: Node shows its export through `default`; bundlers and vitest show it by name.
  const module = await import('xz-decompress');
  const { XzReadableStream } = module.default ?? module;
  const source = guardSource(chunks);
  const input = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await source.chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await source.chunks.return();
      },
    },
    { highWaterMark: 0 },
  );
  const reader = new XzReadableStream(input).getReader();
  let ended = false;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      if (value.length > 0) yield value;
    }
    ended = true;
  } catch (error) {
    ended = true;
    source.rethrow();
    if (error instanceof Error && OPTIONS_ERROR.test(error.message)) throw unsupported(what, error);
    throw damaged('xz', what, error);
  } finally {
    if (!ended) await reader.cancel();
  }
}

function unsupported(what: string, cause: Error): RootlessBakeError {
  return new RootlessBakeError(
    'RB_ARCHIVE_UNSUPPORTED',
    `${what} uses an xz filter or check that is not read`,
    {
      hint: 'compress it by plain `xz`, or by `xz --check=crc64`',
      cause,
    },
  );
}
