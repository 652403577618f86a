/** One process that cooks: node apk-cook.mjs FOLDER OPTIONS REPORT; writes the milliseconds of choice and installation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCook } from '../dist/cook/cook.js';

const [folder, options, report] = process.argv.slice(2);
let milliseconds = 0;
const emit = (event) => {
  if (event.type === 'step-end' && /packages/.test(event.step)) milliseconds += event.milliseconds;
};
const root = await startCook(
  { ...JSON.parse(readFileSync(options, 'utf8')), sha256: false },
  {
    env: process.env,
    emit,
    signal: new AbortController().signal,
    now: () => performance.now(),
    temporaryDirectory: join(folder, 'tmp'),
    cacheDirectory: join(folder, 'cache'),
  },
);
await root.dispose();
writeFileSync(report, String(milliseconds));
