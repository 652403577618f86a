import { configureGlobal } from 'fast-check';
import { beforeEach, inject } from 'vitest';
import { runs, seedFor } from './seed.ts';

const USUAL = 100;

// vitest's set-up for each file: what fast-check draws in a test is the same for the same RB_SEED.
beforeEach(({ task, onTestFailed }) => {
  configureGlobal({ seed: seedFor(task.fullName), numRuns: runs(USUAL) });
  onTestFailed(() => {
    process.stderr.write(`RB_SEED=${inject('chance').seed} draws again what is random in: ${task.name}\n`);
  });
});
