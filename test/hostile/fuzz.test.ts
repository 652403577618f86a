/** Mutations of good inputs: whatever a parser is given, it ends, and complains by an error of ours or not at all. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { FUZZ_TARGETS, type FuzzTarget } from '../support/fuzz-targets.ts';
import { edits, mutate } from '../support/mutate.ts';
import { Watchdog } from '../support/watchdog.ts';

/** RB_FUZZ_RUNS=100000 RB_FUZZ_SEED=1 sets how many inputs each parser gets, and which. */
const runs = Number(process.env['RB_FUZZ_RUNS'] ?? 500);
const seed = Number(process.env['RB_FUZZ_SEED'] ?? Date.now() % 2 ** 31);

let watchdog: Watchdog;

beforeAll(() => {
  process.stdout.write(`fuzzing ${FUZZ_TARGETS.length} parsers by ${runs} inputs each, seed ${seed}\n`);
  watchdog = new Watchdog(`seed ${seed}`);
});
afterAll(() => watchdog.stop());

test.each(FUZZ_TARGETS.map((target) => [target.name, target] as const))('%s', async (_, target) => {
  for (const input of target.inputs) await target.read(Buffer.from(input));
  const inputs = fc.tuple(fc.constantFrom(...target.inputs), edits());
  let refused = 0;
  const property = fc.asyncProperty(inputs, async ([input, changes]) => {
    watchdog.beat();
    refused += Number(await isRefused(target, mutate(input, changes)));
  });
  await fc.assert(property, { seed, numRuns: runs });
  if (target.refuses !== false) expect(refused).toBeGreaterThan(0);
});

/** Throws what is no error of ours, and what we say of our own mistakes. */
async function isRefused({ read }: FuzzTarget, bytes: Buffer): Promise<boolean> {
  try {
    await read(bytes);
    return false;
  } catch (error) {
    if (error instanceof RootlessBakeError && error.code !== 'RB_INTERNAL') return true;
    throw error;
  }
}
