import { breather, type Host } from '../host.ts';
import { type Content, type DataRange, readFully } from '../tree/content.ts';

/** What is compared at once, and how exact the result is: a sector. */
const CHUNK = 1 << 20;
const SECTOR = 512;
/** So many ranges are told; the bytes of further ones are only counted. */
const MAXIMUM_RANGES = 10_000;

/** Where two images are not the same bytes. */
export interface BlockDifferences {
  /** Whole sectors of 512 bytes that differ, joined where they follow each other; sorted. */
  readonly ranges: readonly DataRange[];
  /** Of all ranges together, those that are left out included. */
  readonly bytes: number;
  /** More ranges differ than {@link ranges} has. */
  readonly truncated: boolean;
  readonly sizes: readonly [number, number];
}

/**
 * Compares two images byte by byte. What only the longer one has differs.
 *
 * @throws what opening the contents throws, and the reason of the host's signal
 */
export async function diffBlocks(
  before: Content,
  after: Content,
  host: Pick<Host, 'now' | 'signal'>,
): Promise<BlockDifferences> {
  const common = Math.min(before.size, after.size);
  const longer = Math.max(before.size, after.size);
  const found = new Ranges();
  const breathe = breather(host);
  const one = before.open();
  try {
    const other = after.open();
    try {
      const [left, right] = [Buffer.alloc(CHUNK), Buffer.alloc(CHUNK)];
      for (let at = 0; at < common; at += CHUNK) {
        await breathe();
        const length = Math.min(CHUNK, common - at);
        const [a, b] = [left.subarray(0, length), right.subarray(0, length)];
        readFully(one, a, at);
        readFully(other, b, at);
        if (!a.equals(b)) addSectors(found, a, b, at);
      }
    } finally {
      other.close();
    }
  } finally {
    one.close();
  }
  if (longer > common) found.add(common, longer - common);
  return { ...found.result(), sizes: [before.size, after.size] };
}

function addSectors(found: Ranges, a: Buffer, b: Buffer, position: number): void {
  for (let at = 0; at < a.length; at += SECTOR) {
    const end = Math.min(at + SECTOR, a.length);
    if (a.compare(b, at, end, at, end) !== 0) found.add(position + at, end - at);
  }
}

class Ranges {
  readonly #ranges: { position: number; length: number }[] = [];
  #bytes = 0;
  #truncated = false;

  add(position: number, length: number): void {
    this.#bytes += length;
    const last = this.#ranges.at(-1);
    if (last && last.position + last.length === position) last.length += length;
    else if (this.#ranges.length < MAXIMUM_RANGES) this.#ranges.push({ position, length });
    else this.#truncated = true;
  }

  result(): Omit<BlockDifferences, 'sizes'> {
    return { ranges: this.#ranges, bytes: this.#bytes, truncated: this.#truncated };
  }
}
