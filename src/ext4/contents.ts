import type { BlockDevice, Extent } from 'ext2fs-wasm';
import { type Content, type ContentReader, readFully } from '../tree/content.ts';
import type { FileEntry } from '../tree/entry.ts';
import type { PlacedFile } from './fill.ts';

/** Large enough that a write's fixed cost is lost in it, small enough to stay in the processor's cache. */
const CAPACITY = 1 << 20;

/** A run of blocks and the part of a content that belongs there. */
interface Piece {
  readonly content: Content;
  /** Where in the content the piece starts, in bytes. */
  readonly position: number;
  readonly extent: Extent;
}

/**
 * Writes contents to their places, straight from where they lie, in the order of the blocks on the disk:
 * neighbouring files share one buffer and go out in one large write. The rest of a last block becomes zeros.
 *
 * @param onWritten called after each write with the offset up to which nothing will change any more; awaited
 *   when it gives a promise
 */
export async function writeContents(
  device: BlockDevice,
  places: ReadonlyMap<FileEntry, PlacedFile>,
  onWritten: (upTo: number) => Promise<void> | undefined = () => undefined,
): Promise<void> {
  const staging = new Staging(device);
  const source = new Source();
  try {
    for (const { content, position, extent } of pieces(places)) {
      source.open(content);
      for (let done = 0; done < extent.length; ) {
        const space = staging.reserve(extent.offset + done, extent.length - done);
        source.fill(space, position + done);
        done += space.length;
        const pause = onWritten(staging.written);
        if (pause) await pause;
      }
    }
    staging.flush();
  } finally {
    source.close();
  }
}

function pieces(places: ReadonlyMap<FileEntry, PlacedFile>): Piece[] {
  const all: Piece[] = [];
  for (const [{ content }, { extents }] of places) {
    let position = 0;
    for (const extent of extents) {
      all.push({ content, position, extent });
      position += extent.length;
    }
  }
  return all.sort((a, b) => a.extent.offset - b.extent.offset);
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
    readFully(this.#reader!, target.subarray(0, length), position);
    target.fill(0, length);
  }

  close(): void {
    this.#reader?.close();
    this.#reader = undefined;
    this.#content = undefined;
  }
}

/** Gathers what is contiguous on the device. */
class Staging {
  readonly #device: BlockDevice;
  readonly #buffer = new Uint8Array(CAPACITY);
  /** Where the buffer's first byte goes, in bytes of the device. */
  #offset = 0;
  #length = 0;

  constructor(device: BlockDevice) {
    this.#device = device;
  }

  /** Everything before this offset is on the device. */
  get written(): number {
    return this.#offset;
  }

  /** A piece of the buffer, of at most `wanted` bytes, for what goes to `offset`. */
  reserve(offset: number, wanted: number): Uint8Array {
    if (offset !== this.#offset + this.#length || this.#length === CAPACITY) {
      this.flush();
      this.#offset = offset;
    }
    const end = Math.min(this.#length + wanted, CAPACITY);
    const space = this.#buffer.subarray(this.#length, end);
    this.#length = end;
    return space;
  }

  flush(): void {
    if (this.#length > 0) this.#device.write(this.#buffer.subarray(0, this.#length), this.#offset);
    this.#offset += this.#length;
    this.#length = 0;
  }
}
