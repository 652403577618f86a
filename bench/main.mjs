/**
 * npm run bench -- [--json] [--only S,M,L,D,X] [--contest fill,bake,unchanged,apk,startup] [--pairs N,X=N] [--without NAME,NAME]
 *
 * Has the same work done by rootless-bake and by its peers, in turn and in one run, each as a whole process,
 * and prints the ratio of wall times pair by pair. The absolute times of one machine mean little; the ratios do.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { apkContests } from './apk-contest.mjs';
import { bakeContest } from './bake-contest.mjs';
import { fillContest } from './fill-contest.mjs';
import { measure } from './measure.mjs';
import { printTable, summarize } from './report.mjs';
import { prepareRoot, ROOT_NAMES } from './roots.mjs';
import { startupContests } from './startup-contest.mjs';
import { unchangedContest } from './unchanged-contest.mjs';

const CONTESTS = { fill: fillContest, bake: bakeContest, unchanged: unchangedContest };
/** These take no root, and come last. */
const STANDALONE = { apk: apkContests, startup: startupContests };

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: 'S,M' },
    contest: { type: 'string', default: 'fill,bake' },
    pairs: { type: 'string', default: '5' },
    without: { type: 'string', default: '' },
  },
});
const roots = chosen('only', ROOT_NAMES);
const names = chosen('contest', [...Object.keys(CONTESTS), ...Object.keys(STANDALONE)]);
const contests = names.flatMap((name) => CONTESTS[name] ?? []);
const without = values.without.split(',');
const work = mkdtempSync(join(tmpdir(), 'rootless-bake-bench-'));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));

const results = [];
for (const name of contests.length > 0 ? roots : []) {
  const root = prepareRoot(name);
  for (const contest of contests.filter(({ takes }) => takes(root))) {
    await hold(contest, root, pairsOf(name));
  }
}
for (const name of names.filter((one) => STANDALONE[one])) {
  for (const [contest, root] of await STANDALONE[name](work)) await hold(contest, root, pairsOf(name));
}
if (values.json) process.stdout.write(`${JSON.stringify({ version: 2, results }, null, 2)}\n`);

async function hold(contest, root, pairs) {
  const result = await race(contest, root, pairs);
  results.push(result);
  if (!values.json) printTable(result);
}

/**
 * Runs all contestants on one root, in turn, after one uncounted round that warms caches for all alike. Before
 * each run the images of the others are gone, and nothing is left to be written back.
 */
async function race(contest, root, pairs) {
  const field = contest.contestants(root, work).filter(({ name }) => !without.includes(name));
  const runs = Object.fromEntries(field.map(({ name }) => [name, []]));
  for (let round = 0; round <= pairs; round += 1) {
    // Who comes first changes, so that an order that favours someone does not decide.
    for (const contestant of round % 2 === 0 ? field : field.toReversed()) {
      const { name, command, image, prepare, seconds, keep = false, scratch = [] } = contestant;
      prepare?.();
      execFileSync('sync');
      const whole = await measure(command, image, join(work, 'time'));
      const result = seconds ? { ...whole, seconds: seconds() } : whole;
      const label = round === 0 ? 'warm-up' : `${round}/${pairs}`;
      process.stderr.write(`${contest.name} ${root.name} ${label} ${name}: ${result.seconds.toFixed(2)} s\n`);
      if (round > 0) runs[name].push(result);
      else contestant.made = contest.describe(contestant);
      for (const path of keep ? scratch : [image, ...scratch]) {
        if (path) rmSync(path, { recursive: true, force: true });
      }
    }
    if (round === 0) warnOfDifferences(field);
  }
  return summarize(contest, root, runs);
}

/** Says loudly when a contestant has made something that is no equal of ours: then the race is not fair. */
function warnOfDifferences([ours, ...others]) {
  for (const { name, made } of others) {
    for (const key of Object.keys(made ?? {}).filter((key) => made[key] !== ours.made[key])) {
      process.stderr.write(`*** ${name}: ${key}: ${made[key]}; ours: ${ours.made[key]} ***\n`);
    }
  }
}

/** The names that an option lists. */
function chosen(option, names) {
  const listed = values[option].split(',');
  for (const name of listed) {
    if (!names.includes(name)) throw new Error(`--${option}: ${name} is none of ${names.join(', ')}`);
  }
  return listed;
}

/** `5`, or `5,X=2` with numbers of their own for some roots. */
function pairsOf(root) {
  const numbers = new Map(
    values.pairs
      .split(',')
      .map((part) => part.split('=').reverse())
      .map(([n, name]) => [name, Number(n)]),
  );
  const pairs = numbers.get(root) ?? numbers.get(undefined) ?? 5;
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs: not a number of pairs for ${root}`);
  return pairs;
}
