/** Mutations of good inputs: whatever a parser is given, it ends, and complains by an error of ours or not at all. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { FUZZ_TARGETS, type FuzzTarget } from '../support/fuzz-targets.ts';
import { edits, mutate } from '../support/mutate.ts';
import { runs } from '../support/seed.ts';
import { Watchdog } from '../support/watchdog.ts';

/** How many inputs each parser gets. */
const INPUTS = runs(500);

let watchdog: Watchdog;

beforeAll(() => {
  process.stdout.write(`fuzzing ${FUZZ_TARGETS.length} parsers by ${INPUTS} inputs each\n`);
  watchdog = new Watchdog(`RB_SEED=${inject('chance').seed}`);
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
  await fc.assert(property, { numRuns: INPUTS });
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
