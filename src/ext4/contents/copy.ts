import { type Content, type ContentReader, readFully } from '../../tree/content.ts';
import type { Piece } from './batch.ts';

/** Large enough that a write's fixed cost is lost in it, small enough to stay in the processor's cache. */
const CAPACITY = 1 << 20;

/** Writes bytes that are valid only during the call at an offset of the device, in bytes. */
export type Write = (source: Uint8Array, offset: number) => void;

/**
 * Copies contents to their places, straight from where they lie: neighbours share one buffer and go out in one
 * large write. It yields after each read, so that the caller may pause.
 */
export class Copier {
  readonly #write: Write;
  readonly #buffer = new Uint8Array(CAPACITY);
  /** Where the buffer's first byte goes. */
  #offset = 0;
  #length = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  *copy(pieces: readonly Piece[]): Generator<void> {
    const source = new Source();
    this.#length = 0;
    try {
      for (const { content, position, offset, length } of pieces) {
        source.open(content);
        for (let done = 0; done < length; ) {
          const space = this.#reserve(offset + done, length - done);
          source.fill(space, position + done);
          done += space.length;
          yield;
        }
      }
      this.#flush();
    } finally {
      source.close();
    }
  }

  /** A part of the buffer, of at most `wanted` bytes, for what goes to `offset`. */
  #reserve(offset: number, wanted: number): Uint8Array {
    if (offset !== this.#offset + this.#length || this.#length === CAPACITY) {
      this.#flush();
      this.#offset = offset;
    }
    const end = Math.min(this.#length + wanted, CAPACITY);
    const space = this.#buffer.subarray(this.#length, end);
    this.#length = end;
    return space;
  }

  #flush(): void {
    if (this.#length > 0) this.#write(this.#buffer.subarray(0, this.#length), this.#offset);
    this.#offset += this.#length;
    this.#length = 0;
  }
}

/** The content that is open: one at a time, for its pieces mostly follow each other. */
class Source {
  #content: Content | undefined;
  #reader: ContentReader | undefined;

  open(content: Content): void {
    if (content === this.#content) return;
    this.close();
    this.#reader = content.open();
    this.#content = content;
  }

  /** Fills the whole of `target`: with the content from `position` on, with zeros behind its end. */
  fill(target: Uint8Array, position: number): void {
    const length = Math.max(0, Math.min(target.length, this.#content!.size - position));
    readFully(this.#reader!, length === target.length ? target : target.subarray(0, length), position);
    if (length < target.length) target.fill(0, length);
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#content = undefined;
  }
}
