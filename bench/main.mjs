/**
 * npm run bench -- [--json] [--pairs N] [--only S,M]
 *
 * Bakes the same root with rootless-bake and with its peers, in turn and in one run, each as a whole process,
 * and prints the ratio of wall times pair by pair. The absolute times of one machine mean little; the ratios do.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { contestants } from './contestants.mjs';
import { measure } from './measure.mjs';
import { prepareInputs, prepareRoots } from './prepare.mjs';
import { printTable, summarize } from './report.mjs';

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    pairs: { type: 'string', default: '5' },
    only: { type: 'string', default: 'S,M' },
  },
});

const work = mkdtempSync(join(tmpdir(), 'rootless-bake-bench-'));
try {
  const inputs = await prepareInputs();
  const results = [];
  for (const root of prepareRoots(values.only.split(','))) results.push(await race(root, inputs));
  if (values.json) process.stdout.write(`${JSON.stringify({ version: 1, results }, null, 2)}\n`);
  else for (const result of results) printTable(result);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Runs all contestants on one root, in turn, after one uncounted round that warms caches for all alike. */
async function race(root, inputs) {
  const field = contestants(root, inputs, work);
  const runs = Object.fromEntries(field.map(({ name }) => [name, []]));
  for (let round = 0; round <= Number(values.pairs); round += 1) {
    for (const { name, command, image } of field) {
      rmSync(image, { force: true });
      const run = await measure(command);
      process.stderr.write(
        `${root.name} ${round === 0 ? 'warm-up' : round} ${name}: ${run.seconds.toFixed(2)} s\n`,
      );
      if (round > 0) runs[name].push(run);
    }
  }
  return summarize(root, runs);
}
