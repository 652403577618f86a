import { bytesContent, type Content, readFully } from '../tree/content.ts';
import type { SeekableChunks } from './chunk-reader.ts';

/** Read at once: a header and what small files may follow it. */
const WINDOW = 8 * 1024;

/** A content as chunks, parts of which can be passed over. */
export class ContentChunks implements IterableIterator<Uint8Array>, SeekableChunks {
  readonly #content: Content;
  readonly #reader: ReturnType<Content['open']>;
  #position = 0;

  constructor(content: Content) {
    this.#content = content;
    this.#reader = content.open();
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Uint8Array> {
    const length = Math.min(WINDOW, this.#content.size - this.#position);
    if (length === 0) return { done: true, value: undefined };
    const value = new Uint8Array(length);
    readFully(this.#reader, value, this.#position);
    this.#position += length;
    return { done: false, value };
  }

  skip(length: number): number {
    const skipped = Math.min(length, this.#content.size - this.#position);
    this.#position += skipped;
    return skipped;
  }

  return(): IteratorResult<Uint8Array> {
    this.#reader.close();
    return { done: true, value: undefined };
  }
}

/**
 * A small file of an archive, in memory of its own: the body's parts are windows into much larger chunks.
 *
 * @param length of the body, in bytes
 */
export async function smallContent(body: AsyncIterable<Uint8Array>, length: number): Promise<Content> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const part of body) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytesContent(bytes);
}
