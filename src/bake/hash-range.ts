import type { Hash } from 'node:crypto';
import type { WrittenMap } from '../disk/written-map.ts';

/** Bytes read, or passed over, at a time. */
const RUN = 1 << 20;

const zeros = new Uint8Array(RUN);

/** What of an image is needed to hash it, in a form that can be sent to another thread. */
export interface HashedImage {
  readonly fd: number;
  /** In bytes. */
  readonly size: number;
  /** Where it was not written the image reads as zeros, and is not read. */
  readonly written: WrittenMap;
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
  readonly #buffer = new Uint8Array(RUN);

  constructor(image: HashedImage, hash: Hash, read: ReadSync) {
    this.#image = image;
    this.#hash = hash;
    this.#read = read;
  }

  /** Hashes the next run before `upTo`; false when there is nothing left to do there. */
  step(upTo: number): boolean {
    const { size, written } = this.#image;
    const { grain, flags } = written;
    // A grain is hashed whole, when nothing in it can change any more; the last one ends with the image.
    const limit = upTo >= size ? size : upTo - (upTo % grain);
    if (this.#position >= limit) return false;
    const longest = Math.min(limit, this.#position + RUN);
    const isHole = flags[Math.floor(this.#position / grain)] === 0;
    let end = this.#position;
    while (end < longest && (flags[Math.floor(end / grain)] === 0) === isHole) end += grain - (end % grain);
    const length = Math.min(end, longest) - this.#position;
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
