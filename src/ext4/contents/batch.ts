import type { Extent } from 'ext2fs-wasm';
import type { Content } from '../../tree/content.ts';

/** Bytes of a batch: many files share one when they are small, large ones are cut into several. */
const BATCH_BYTES = 4 << 20;

/** Files of a batch, so that one of many empty directories' worth of tiny files is not late. */
const BATCH_PIECES = 256;

/** A run of blocks and the part of a content that belongs there. */
export interface Piece {
  readonly content: Content;
  /** Where in the content the piece starts, in bytes. */
  readonly position: number;
  /** Where on the device it goes, in bytes. */
  readonly offset: number;
  /** In bytes, whole blocks: what lies behind the content's end becomes zeros. */
  readonly length: number;
}

/** What one thread writes in one go. Its pieces mostly follow each other on the device. */
export interface Batch {
  readonly pieces: readonly Piece[];
  /** The first byte of the device that it touches. */
  readonly start: number;
  readonly bytes: number;
}

/** Gathers pieces to batches, in the order they come. */
export class Batcher {
  readonly #emit: (batch: Batch) => void;
  #pieces: Piece[] = [];
  #bytes = 0;

  constructor(emit: (batch: Batch) => void) {
    this.#emit = emit;
  }

  add(content: Content, extents: readonly Extent[]): void {
    for (const extent of extents) {
      for (let done = 0; done < extent.length; ) {
        const length = Math.min(extent.length - done, BATCH_BYTES);
        this.#pieces.push({
          content,
          position: extent.position + done,
          offset: extent.offset + done,
          length,
        });
        this.#bytes += length;
        done += length;
        if (this.#bytes >= BATCH_BYTES || this.#pieces.length >= BATCH_PIECES) this.flush();
      }
    }
  }

  flush(): void {
    if (this.#pieces.length === 0) return;
    const start = this.#pieces.reduce(
      (first, { offset }) => Math.min(first, offset),
      Number.POSITIVE_INFINITY,
    );
    this.#emit({ pieces: this.#pieces, start, bytes: this.#bytes });
    this.#pieces = [];
    this.#bytes = 0;
  }
}
