import type { Hash } from 'node:crypto';
import { WRITTEN_GRAIN } from '../disk/image-file.ts';

/** Grains read, or passed over, at a time. */
const RUN = 16;

const zeros = new Uint8Array(RUN * WRITTEN_GRAIN);

/** What of an image is needed to hash it, in a form that can be sent to another thread. */
export interface HashedImage {
  readonly fd: number;
  /** In bytes. */
  readonly size: number;
  /** As {@link ImageFile.written}: where it is 0 the image reads as zeros, and is not read. */
  readonly written: Uint8Array;
}

/** As `fs.readSync`. */
export type ReadSync = (
  fd: number,
  target: Uint8Array,
  offset: number,
  length: number,
  position: number,
) => number;

/** Hashes an image piece by piece: a run of written grains, or of holes, per step. */
export class RangeHasher {
  #position = 0;
  readonly #image: HashedImage;
  readonly #hash: Hash;
  readonly #read: ReadSync;
  readonly #buffer = new Uint8Array(RUN * WRITTEN_GRAIN);

  constructor(image: HashedImage, hash: Hash, read: ReadSync) {
    this.#image = image;
    this.#hash = hash;
    this.#read = read;
  }

  /** Hashes the next run before `upTo`; false when there is nothing left to do there. */
  step(upTo: number): boolean {
    const { size, written } = this.#image;
    // A grain is hashed whole, when nothing in it can change any more; the last one ends with the image.
    const limit = upTo >= size ? size : upTo - (upTo % WRITTEN_GRAIN);
    if (this.#position >= limit) return false;
    const isHole = written[this.#position / WRITTEN_GRAIN] === 0;
    let end = this.#position;
    while (
      end < limit &&
      end - this.#position < zeros.length &&
      (written[end / WRITTEN_GRAIN] === 0) === isHole
    ) {
      end += WRITTEN_GRAIN;
    }
    const length = Math.min(end, limit) - this.#position;
    this.#hash.update(isHole ? zeros.subarray(0, length) : this.#readRun(length));
    this.#position += length;
    return true;
  }

  #readRun(length: number): Uint8Array {
    const run = this.#buffer.subarray(0, length);
    for (let done = 0; done < length; ) {
      done += this.#read(this.#image.fd, run, done, length - done, this.#position + done);
    }
    return run;
  }
}
