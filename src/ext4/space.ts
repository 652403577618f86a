import { type BlockDevice, format, openWriter } from 'ext2fs-wasm';
import { contentBytes, type Tree } from '../tree/tree.ts';
import { fill } from './fill.ts';
import { formatOptions, type RootFileSystem } from './format-options.ts';
import { isNoSpace } from './no-space.ts';

const MEBIBYTE = 1 << 20;
/** Blocks of this device: only those that were written exist. */
const PAGE = 4096;

/**
 * The smallest whole count of MiB at which the tree fits, in bytes, found by laying it out for real on
 * devices that keep metadata only: no content is read.
 *
 * @param failed a size that is known to be too small
 */
export async function neededSize(tree: Tree, options: RootFileSystem, failed: number): Promise<number> {
  let low = Math.floor(failed / MEBIBYTE);
  let high = Math.max(low + 1, Math.ceil((contentBytes(tree) * 1.05) / MEBIBYTE) + 8);
  while (!(await fits(tree, options, high * MEBIBYTE))) {
    low = high;
    high = Math.ceil(high * 1.25) + 1;
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (await fits(tree, options, middle * MEBIBYTE)) high = middle;
    else low = middle;
  }
  return high * MEBIBYTE;
}

async function fits(tree: Tree, options: RootFileSystem, size: number): Promise<boolean> {
  const device = new MetadataDevice(size);
  try {
    await format(device, formatOptions(options));
    const writer = await openWriter(device, { epoch: options.epoch });
    await fill(writer, tree);
    writer.finish();
    return true;
  } catch (error) {
    if (isNoSpace(error)) return false;
    throw error;
  }
}

/** A device of any size in which only the pages written exist. */
class MetadataDevice implements BlockDevice {
  readonly size: number;
  readonly #pages = new Map<number, Uint8Array>();

  constructor(size: number) {
    this.size = size;
  }

  read(target: Uint8Array, offset: number): void {
    this.#each(offset, target.length, (page, within, at, count) => {
      const bytes = this.#pages.get(page);
      if (bytes) target.set(bytes.subarray(within, within + count), at);
      else target.fill(0, at, at + count);
    });
  }

  write(source: Uint8Array, offset: number): void {
    this.#each(offset, source.length, (page, within, at, count) => {
      let bytes = this.#pages.get(page);
      if (!bytes) {
        bytes = new Uint8Array(PAGE);
        this.#pages.set(page, bytes);
      }
      bytes.set(source.subarray(at, at + count), within);
    });
  }

  zero(offset: number, length: number): void {
    // What was never written reads as zeros: only the pages at hand need work.
    for (const [page, bytes] of this.#pages) {
      const start = Math.max(offset, page * PAGE);
      const end = Math.min(offset + length, (page + 1) * PAGE);
      if (start < end) bytes.fill(0, start - page * PAGE, end - page * PAGE);
    }
  }

  #each(
    offset: number,
    length: number,
    visit: (page: number, within: number, at: number, count: number) => void,
  ): void {
    for (let at = 0; at < length; ) {
      const within = (offset + at) % PAGE;
      const count = Math.min(PAGE - within, length - at);
      visit(Math.floor((offset + at) / PAGE), within, at, count);
      at += count;
    }
  }
}
