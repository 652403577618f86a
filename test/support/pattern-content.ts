import type { Content, DataRange } from '../../src/tree/content.ts';

/**
 * A content of any size that takes no memory: each 32-bit word differs with its place and the seed. Outside of
 * `data` it is zeros, and says that there are holes.
 */
export function patternContent(size: number, seed: number, data?: readonly DataRange[]): Content {
  const ranges = data ?? [{ position: 0, length: size }];
  const read = (target: Uint8Array, position: number): number => {
    const length = Math.max(0, Math.min(target.length, size - position));
    target.fill(0, 0, length);
    for (const range of ranges) {
      const from = Math.max(range.position, position);
      const to = Math.min(range.position + range.length, position + length);
      if (from < to) fillPattern(target.subarray(from - position, to - position), from, seed);
    }
    return length;
  };
  return { size, ...(data && { data }), open: () => ({ read, close() {} }) };
}

function fillPattern(target: Uint8Array, position: number, seed: number): void {
  for (let at = 0; at < target.length; at += 1) {
    const byte = position + at;
    const word = Math.imul(Math.floor(byte / 4) + seed, 0x9e3779b1);
    // Never zero: a byte that is missing shows.
    target[at] = (word >>> (8 * (byte % 4))) | 1;
  }
}
