import type { DataRange } from '../tree/content.ts';

/** Zeros count as a hole in steps of this many bytes: the usual block size. */
const GRAIN = 4096;

const ZEROS: Uint8Array = new Uint8Array(1 << 20);

/** Whether a part of the bytes, of at most 1 MiB, is zeros. */
function isZero(bytes: Buffer, start: number, end: number): boolean {
  return bytes.compare(ZEROS, 0, end - start, start, end) === 0;
}

/**
 * Where bytes hold more than zeros, in runs of whole grains but for the last, which ends with the bytes.
 *
 * @param bytes at most 1 MiB
 */
export function* dataRuns(bytes: Buffer): Generator<DataRange, void, undefined> {
  if (isZero(bytes, 0, bytes.length)) return;
  for (let position = 0; position < bytes.length; position += GRAIN) {
    const start = position;
    while (position < bytes.length && !isZero(bytes, position, Math.min(position + GRAIN, bytes.length)))
      position += GRAIN;
    const length = Math.min(position, bytes.length) - start;
    if (length > 0) yield { position: start, length };
  }
}
