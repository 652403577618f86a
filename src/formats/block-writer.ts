import { type Content, readFully } from '../tree/content.ts';

/** Small enough to stay in the processor's cache on the way to a hash or a disk. */
const CHUNK = 256 * 1024;

/** As many as any format pads. */
const ZEROS = new Uint8Array(4096);

/**
 * Gathers many small writes and file contents into chunks of about 256 KiB. The methods are generators that
 * give the chunks that became full. Each is the caller's to keep, unless the writer was told to reuse its one
 * chunk: then it must be used up before the generator goes on.
 */
export class BlockWriter {
  readonly #reuse: boolean;
  #chunk: Uint8Array = new Uint8Array(CHUNK);
  #filled = 0;
  #position = 0;

  constructor({ reuse = false }: { reuse?: boolean } = {}) {
    this.#reuse = reuse;
  }

  /** Bytes written so far. */
  get position(): number {
    return this.#position;
  }

  *write(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    for (let done = 0; done < bytes.length; ) {
      const part = bytes.subarray(done, done + CHUNK - this.#filled);
      this.#chunk.set(part, this.#filled);
      done += part.length;
      yield* this.#advance(part.length);
    }
  }

  *writeContent(content: Content): Generator<Uint8Array, void, undefined> {
    if (content.bytes) {
      yield* this.write(content.bytes);
      return;
    }
    const reader = content.open();
    try {
      for (let done = 0; done < content.size; ) {
        const length = Math.min(CHUNK - this.#filled, content.size - done);
        readFully(reader, this.#chunk.subarray(this.#filled, this.#filled + length), done);
        done += length;
        yield* this.#advance(length);
      }
    } finally {
      reader.close();
    }
  }

  /** Zero bytes up to the next multiple of `alignment`. */
  *pad(alignment: number): Generator<Uint8Array, void, undefined> {
    const over = this.#position % alignment;
    if (over > 0) yield* this.write(ZEROS.subarray(0, alignment - over));
  }

  /** What is left. */
  *flush(): Generator<Uint8Array, void, undefined> {
    if (this.#filled > 0) yield this.#chunk.subarray(0, this.#filled);
    if (!this.#reuse) this.#chunk = new Uint8Array(CHUNK);
    this.#filled = 0;
  }

  *#advance(length: number): Generator<Uint8Array, void, undefined> {
    this.#filled += length;
    this.#position += length;
    if (this.#filled === CHUNK) yield* this.flush();
  }
}
