import { type Content, readFully } from '../../tree/content.ts';

const PIECE = 1 << 18;

/** Compares two contents byte by byte. */
export function isSameContent(a: Content, b: Content): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  const one = a.open();
  const other = b.open();
  try {
    const left = Buffer.alloc(Math.min(PIECE, a.size));
    const right = Buffer.alloc(left.length);
    for (let at = 0; at < a.size; at += left.length) {
      const length = Math.min(left.length, a.size - at);
      readFully(one, left.subarray(0, length), at);
      readFully(other, right.subarray(0, length), at);
      if (!left.subarray(0, length).equals(right.subarray(0, length))) return false;
    }
    return true;
  } finally {
    one.close();
    other.close();
  }
}
