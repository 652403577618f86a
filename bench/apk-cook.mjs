/** One process that cooks: node apk-cook.mjs FOLDER OPTIONS; prints the milliseconds of choice and installation. */
import { join } from 'node:path';
import { cook } from '../dist/cook/cook.js';

const [folder, options] = process.argv.slice(2);
let milliseconds = 0;
const emit = (event) => {
  if (event.type === 'step-end' && /packages/.test(event.step)) milliseconds += event.milliseconds;
};
const root = await cook(JSON.parse(options), {
  env: process.env,
  emit,
  signal: new AbortController().signal,
  now: () => performance.now(),
  temporaryDirectory: join(folder, 'tmp'),
  cacheDirectory: join(folder, 'cache'),
});
await root.dispose();
console.log(milliseconds);
