/** What random tests draw hangs on RB_SEED alone. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import { numbers, runs, seedFor } from './support/seed.ts';

/** Where other chance does not decide what a test finds: the seed itself, and noise that only must not repeat. */
const EXCEPT = ['support/chance.ts', 'support/pantry.ts', 'random.test.ts'];

it('fast-check draws from the seed and the name of the test', ({ task }) => {
  const drawn = fc.sample(fc.nat(), 20);
  expect(drawn).toEqual(fc.sample(fc.nat(), { seed: seedFor(task.fullName), numRuns: 20 }));
  expect(drawn).not.toEqual(fc.sample(fc.nat(), { seed: seedFor('another'), numRuns: 20 }));
  expect(fc.readConfigureGlobal().numRuns).toBe(runs(100));
});

it('names of generators lead to different numbers, each to the same', () => {
  const draw = (name: string) => Array.from({ length: 20 }, numbers(seedFor(name)).bind(undefined, 1000));
  expect(draw('one')).toEqual(draw('one'));
  expect(draw('one')).not.toEqual(draw('two'));
  expect(Math.max(...draw('one'))).toBeLessThan(1000);
  expect(seedFor('one')).toBeLessThan(2 ** 31);
});

it('RB_RUNS multiplies', () => {
  expect(runs(1000)).toBe(Math.round(1000 * inject('chance').factor));
  expect(runs(1)).toBeGreaterThanOrEqual(1);
});

it('no test draws otherwise, or says how often by itself', () => {
  const odd = /Math\.random|\brandom(?:Bytes|Int|UUID)\b|\bnumRuns: \d\d/;
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:ts|mjs)$/.test(name) && !EXCEPT.includes(name))
    .filter((name) => odd.test(readFileSync(join(import.meta.dirname, name), 'utf8')));
  expect(files).toEqual([]);
});
