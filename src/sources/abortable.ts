import { throwIfAborted } from '../host.ts';

/** Chunks on their way through, until the signal is aborted. @throws the reason of the signal */
export async function* abortable(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    yield chunk;
  }
}
