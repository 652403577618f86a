/**
 * Cooks in a process of its own, so that tests can do it as another user: node cook-runner.mjs REQUEST.json
 * writes the tree to `tar`, prints one JSON object on stdout, and aborts on SIGINT as the command line does.
 */
import { createWriteStream, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';

const { dist, options, host, tar } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const load = (path) => import(pathToFileURL(`${dist}/${path}`).href);
const { cook } = await load('cook/cook.js');
const { writeTar } = await load('formats/tar/index.js');

const controller = new AbortController();
process.on('SIGINT', () => controller.abort());
const events = [];
const emit = (event) => {
  events.push(event);
  if (event.type === 'output') process.stderr.write(`${event.line}\n`);
};
const outcome = { events };
try {
  const root = await cook(options, {
    env: process.env,
    emit,
    signal: controller.signal,
    now: () => performance.now(),
    fetch,
    ...host,
  });
  outcome.sha256 = root.sha256;
  outcome.epoch = root.epoch;
  outcome.packages = root.packages;
  outcome.scratch = root.scratch;
  await pipeline(Readable.from(writeTar(root.tree)), createWriteStream(tar));
  await root.dispose();
} catch (error) {
  outcome.error = { code: error.code, message: error.message, hint: error.hint };
  if (!error.code?.startsWith('RB_')) outcome.error.stack = error.stack;
}
process.stdout.write(JSON.stringify(outcome));
