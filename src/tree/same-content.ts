import { type Content, type ContentPlace, readFully } from './content.ts';

const PIECE = 1 << 18;

/** Whether two contents are the same bytes; they are read only when sizes and places do not tell. */
export function isSameContent(a: Content, b: Content): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  if (a.size === 0 || (a.place && b.place && isSamePlace(a.place, b.place))) return true;
  const one = a.open();
  try {
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
      other.close();
    }
  } finally {
    one.close();
  }
}

function isSamePlace(a: ContentPlace, b: ContentPlace): boolean {
  if (a.position !== b.position) return false;
  if (a.file instanceof Uint8Array && b.file instanceof Uint8Array)
    return Buffer.compare(a.file, b.file) === 0;
  return a.file === b.file;
}
