import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Chunks through one of Node's own streams. What the source throws is thrown on unchanged. */
export async function* through(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  stream: Transform,
): AsyncGenerator<Uint8Array, void, undefined> {
  const done = pipeline(Readable.from(chunks, { objectMode: true }), stream);
  // Its failure is also the reading's; who stops reading early wants to hear of none.
  done.catch(() => {});
  try {
    yield* stream as AsyncIterable<Buffer>;
    await done;
  } finally {
    stream.destroy();
  }
}
