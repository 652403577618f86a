/** An iterator that can pass over bytes without giving them. */
export interface SeekableChunks {
  /** Passes over at most `length` bytes of what was not given yet, and tells how many. */
  skip(length: number): number;
}

/**
 * Reads a stream of chunks by counted bytes, as archive formats need it. What it gives may be a window into
 * a chunk: copy what is kept.
 */
export class ChunkReader {
  #chunk: Uint8Array = new Uint8Array(0);
  #position = 0;
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;

  constructor(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) {
    this.#iterator =
      Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]();
  }

  /** Bytes that were read so far. */
  get position(): number {
    return this.#position;
  }

  /** Exactly `length` bytes; fewer only where the stream ends. */
  async read(length: number): Promise<Uint8Array> {
    if (this.#chunk.length >= length) return this.#shift(length);
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length && (await this.#fill())) {
      const part = this.#shift(Math.min(this.#chunk.length, length - filled));
      bytes.set(part, filled);
      filled += part.length;
    }
    return bytes.subarray(0, filled);
  }

  /** Between one and `limit` bytes, whatever is at hand; nothing at the end of the stream. */
  async readSome(limit: number): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined;
    return this.#shift(Math.min(this.#chunk.length, limit));
  }

  /** Passes over `length` bytes; tells whether they were there. */
  async skip(length: number): Promise<boolean> {
    for (let left = length; left > 0; ) {
      if (this.#chunk.length === 0) left -= this.#seek(left);
      if (left === 0) break;
      const part = await this.readSome(left);
      if (!part) return false;
      left -= part.length;
    }
    return true;
  }

  /** Reads to the end, so that checks at the end of the stream (a digest, a checksum) are made. */
  async drain(): Promise<void> {
    while (await this.readSome(Number.MAX_SAFE_INTEGER));
  }

  /** Gives the source up. */
  async close(): Promise<void> {
    await this.#iterator.return?.();
  }

  #seek(length: number): number {
    const skipped = isSeekable(this.#iterator) ? this.#iterator.skip(length) : 0;
    this.#position += skipped;
    return skipped;
  }

  #shift(length: number): Uint8Array {
    const part = this.#chunk.subarray(0, length);
    this.#chunk = this.#chunk.subarray(length);
    this.#position += length;
    return part;
  }

  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#iterator.next();
      if (done) return false;
      this.#chunk = value;
    }
    return true;
  }
}

function isSeekable(iterator: object): iterator is SeekableChunks {
  return 'skip' in iterator && typeof iterator.skip === 'function';
}
