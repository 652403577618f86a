import { type Content, type ContentPlace, type DataRange, dataRanges, readFully } from './content.ts';

const PIECE = 1 << 18;

/** Whether two contents are the same bytes; they are read only when sizes and places do not tell. */
export function isSameContent(a: Content, b: Content): boolean {
  const comparison = compareContents(a, b);
  for (let step = comparison.next(); ; step = comparison.next()) if (step.done) return step.value;
}

/**
 * The same piece by piece, for who has to look about in between; what is a hole in both is not read. Contents are closed
 * when it is done, or returned from.
 */
export function* compareContents(a: Content, b: Content): Generator<void, boolean> {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  if (a.size === 0 || (a.place && b.place && isSamePlace(a.place, b.place))) return true;
  const one = a.open();
  try {
    const other = b.open();
    try {
      const left = Buffer.alloc(Math.min(PIECE, a.size));
      const right = Buffer.alloc(left.length);
      for (const { position, length } of pieces([...dataRanges(a), ...dataRanges(b)])) {
        readFully(one, left.subarray(0, length), position);
        readFully(other, right.subarray(0, length), position);
        if (!left.subarray(0, length).equals(right.subarray(0, length))) return false;
        yield;
      }
      return true;
    } finally {
      other.close();
    }
  } finally {
    one.close();
  }
}

/** What lies in one of the ranges, or in several, once, in pieces. */
function* pieces(ranges: readonly DataRange[]): Generator<DataRange> {
  let done = 0;
  for (const { position, length } of [...ranges].sort((a, b) => a.position - b.position)) {
    const end = position + length;
    for (done = Math.max(done, position); done < end; ) {
      const piece = Math.min(PIECE, end - done);
      yield { position: done, length: piece };
      done += piece;
    }
  }
}

function isSamePlace(a: ContentPlace, b: ContentPlace): boolean {
  if (a.position !== b.position) return false;
  if (a.file instanceof Uint8Array && b.file instanceof Uint8Array)
    return Buffer.compare(a.file, b.file) === 0;
  return a.file === b.file;
}
