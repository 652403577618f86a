import { createHash } from 'node:crypto';
import { inject } from 'vitest';

const { seed, factor } = inject('chance');

/** The seed of one generator, of 31 bits: of RB_SEED and a name that no other generator has. */
export function seedFor(name: string): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE() >>> 1;
}

/** How many examples to try where `count` is usual: RB_RUNS times as many. */
export function runs(count: number): number {
  return Math.max(1, Math.round(count * factor));
}

/** Whole numbers from 0 to below a limit, the same for the same seed (mulberry32). */
export function numbers(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
