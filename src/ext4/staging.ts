import type { BlockDevice, Extent } from 'ext2fs-wasm';
import { type Content, readFully } from '../tree/content.ts';

/** Large enough that a write's fixed cost is lost in it, small enough to stay in the processor's cache. */
const CAPACITY = 1 << 20;

/**
 * Writes file contents to their places in the image. Neighbouring files share one buffer and go out in one
 * large positioned write; the rest of a file's last block is filled with zeros.
 */
export class ContentStaging {
  readonly #device: BlockDevice;
  readonly #blockSize: number;
  readonly #buffer = new Uint8Array(CAPACITY);
  /** Where the buffer's first byte goes, in bytes of the device. */
  #offset = 0;
  #length = 0;

  constructor(device: BlockDevice, blockSize: number) {
    this.#device = device;
    this.#blockSize = blockSize;
  }

  /** Takes a whole content; its extents cover it in order. */
  write(content: Content, extents: readonly Extent[]): void {
    const reader = content.open();
    try {
      let position = 0;
      for (const extent of extents) {
        for (let done = 0; done < extent.length && position < content.size; ) {
          const space = this.#reserve(extent.offset + done, Math.min(extent.length - done, CAPACITY));
          const count = Math.min(space.length, content.size - position);
          readFully(reader, count === space.length ? space : space.subarray(0, count), position);
          position += count;
          done += count;
          const tail = padding(count, this.#blockSize);
          space.fill(0, count, count + tail);
          this.#length += count + tail;
        }
      }
    } finally {
      reader.close();
    }
  }

  flush(): void {
    if (this.#length > 0) this.#device.write(this.#buffer.subarray(0, this.#length), this.#offset);
    this.#length = 0;
  }

  /** A piece of the buffer for bytes that go to `offset`: at least one block, at most `wanted`. */
  #reserve(offset: number, wanted: number): Uint8Array {
    if (offset !== this.#offset + this.#length || CAPACITY - this.#length < this.#blockSize) {
      this.flush();
      this.#offset = offset;
    }
    return this.#buffer.subarray(this.#length, Math.min(this.#length + wanted, CAPACITY));
  }
}

function padding(length: number, blockSize: number): number {
  return (blockSize - (length % blockSize)) % blockSize;
}
