import type { BlockDevice } from 'ext2fs-wasm';

/** In bytes. What e2fsprogs writes is small and far apart. */
const PAGE = 4096;

/**
 * A device of any size, up to ext4's 16 TiB, in which only what was written takes memory: a file system
 * without the contents of its files.
 */
export class MetadataDevice implements BlockDevice {
  readonly size: number;
  readonly #pages = new Map<number, Uint8Array>();

  /** @param size in bytes */
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

  /** What was never written reads as zeros: only pages at hand need work, and there may be fewer of them. */
  zero(offset: number, length: number): void {
    const first = Math.floor(offset / PAGE);
    const end = Math.ceil((offset + length) / PAGE);
    const clear = (page: number): void => {
      const start = Math.max(offset - page * PAGE, 0);
      this.#pages.get(page)?.fill(0, start, Math.min(offset + length - page * PAGE, PAGE));
    };
    if (end - first < this.#pages.size) for (let page = first; page < end; page += 1) clear(page);
    else for (const page of this.#pages.keys()) if (page >= first && page < end) clear(page);
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
