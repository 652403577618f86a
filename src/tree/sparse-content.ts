import type { Content, ContentReader, DataRange } from './content.ts';

/**
 * A content with holes from what archives store of it: its data without the holes.
 *
 * @param stored the bytes of all ranges, one behind the other
 * @param data sorted and disjoint, and as long as `stored` together
 * @param size with the holes, in bytes
 */
export function sparseContent(stored: Content, data: readonly DataRange[], size: number): Content {
  const pieces = storedPieces(data);
  return { size, data, open: () => new SparseReader(stored.open(), pieces, size) };
}

interface StoredPiece extends DataRange {
  /** Of its first byte among the stored bytes. */
  readonly start: number;
}

function storedPieces(data: readonly DataRange[]): StoredPiece[] {
  let start = 0;
  return data.map(({ position, length }) => {
    start += length;
    return { position, length, start: start - length };
  });
}

class SparseReader implements ContentReader {
  readonly #stored: ContentReader;
  readonly #pieces: readonly StoredPiece[];
  readonly #size: number;

  constructor(stored: ContentReader, pieces: readonly StoredPiece[], size: number) {
    this.#stored = stored;
    this.#pieces = pieces;
    this.#size = size;
  }

  /** Reads up to the end of the piece or of the hole that `position` is in. */
  read(target: Uint8Array, position: number): number {
    const wanted = Math.min(target.length, Math.max(0, this.#size - position));
    if (wanted === 0) return 0;
    const piece = this.#next(position);
    if (!piece || position < piece.position) {
      const length = Math.min(wanted, (piece?.position ?? this.#size) - position);
      target.fill(0, 0, length);
      return length;
    }
    const offset = position - piece.position;
    const length = Math.min(wanted, piece.length - offset);
    return this.#stored.read(target.subarray(0, length), piece.start + offset);
  }

  close(): void {
    this.#stored.close();
  }

  /** The first piece that ends behind `position`. */
  #next(position: number): StoredPiece | undefined {
    let [low, high] = [0, this.#pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const { position: start, length } = this.#pieces[middle]!;
      if (start + length > position) high = middle;
      else low = middle + 1;
    }
    return this.#pieces[low];
  }
}
