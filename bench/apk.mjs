/**
 * Times the installation of the largest set of packages of the repository in RB_ALPINE_DIR that goes together: in
 * process, by the root's own apk under proot, and by apk itself as root in a chroot; and the choice from an index of
 * 30,000 packages against `apk add --simulate`. Whole processes, in turns; the medians count. As root, after
 * `npm run build`: node bench/apk.mjs [ROUNDS]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeLargeRepository } from './apk-index.mjs';

const PROJECT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const ALPINE = resolve(PROJECT, process.env.RB_ALPINE_DIR ?? '../shared/alpine');
const ROUNDS = Number(process.argv[2] ?? 5);
const LARGE = 30_000;

/** Not together with others: openntpd and chrony, vlan (of network-extras) and ifupdown-ng. */
const LEFT_OUT = new Set(['openntpd', 'openntpd-openrc', 'vlan', 'network-extras', 'bonding', 'bridge']);

const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-bench-apk-'));
const root = join(folder, 'root');
const tar = join(
  ALPINE,
  readdirSync(ALPINE).find((name) => name.startsWith('alpine-minirootfs-')),
);
const packages = readdirSync(join(ALPINE, 'apks/x86_64'))
  .filter((name) => name.endsWith('.apk'))
  .map((name) => name.replace(/-[^-]+-r\d+\.apk$/, ''))
  .filter((name) => !LEFT_OUT.has(name));

try {
  report('73 packages', {
    'in process': () => cook('native'),
    'apk under proot': () => cook('proot'),
    'apk as root': nativeAdd,
  });
  await makeLargeRepository(join(folder, 'large'), LARGE);
  freshRoot();
  cpSync(join(folder, 'large'), join(root, 'large'), { recursive: true });
  const wanted = ['package-29999', 'package-15000'];
  report(`a choice from ${LARGE} packages`, {
    'in process': () => choose(wanted),
    'apk add --simulate': () => simulate(wanted),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Each work gives the milliseconds that count. */
function report(title, works) {
  const times = new Map(Object.keys(works).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, work] of Object.entries(works)) times.get(name).push(work());
  }
  console.log(`${title}, median of ${ROUNDS}:`);
  for (const [name, values] of times) {
    const median = values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
    console.log(
      `  ${name.padEnd(20)} ${median.toFixed(0)} ms  (${values.map((value) => value.toFixed(0)).join(' ')})`,
    );
  }
}

/** A whole process that cooks; what counts is the choice and the installation of the packages. */
function cook(apk) {
  const options = { base: { tar }, repositories: [join(ALPINE, 'apks')], packages, apk, sha256: false };
  const run = spawnSync(
    process.execPath,
    [join(PROJECT, 'bench/apk-cook.mjs'), folder, JSON.stringify(options)],
    {
      encoding: 'utf8',
    },
  );
  if (run.status !== 0) throw new Error(run.stderr);
  return Number(run.stdout);
}

function freshRoot() {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root);
  execFileSync('tar', ['-xpf', tar, '-C', root]);
  execFileSync('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
}

function nativeAdd() {
  freshRoot();
  cpSync(join(ALPINE, 'apks'), join(root, 'repository'), { recursive: true });
  return timed('chroot', [
    root,
    '/sbin/apk',
    '--repositories-file',
    '/dev/null',
    '-X',
    '/repository',
    'add',
    ...packages,
  ]);
}

function simulate(wanted) {
  const place = ['--allow-untrusted', '--repositories-file', '/dev/null', '-X', '/large'];
  return timed('chroot', [root, '/sbin/apk', ...place, 'add', '--simulate', ...wanted]);
}

function choose(wanted) {
  const script = join(PROJECT, 'bench/apk-choose.mjs');
  return timed(process.execPath, [script, join(folder, 'large'), root, ...wanted]);
}

function timed(command, args) {
  const start = performance.now();
  const run = spawnSync(command, args, { encoding: 'utf8', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
  if (run.status !== 0) throw new Error(`${command}: ${run.stdout}${run.stderr}`);
  return performance.now() - start;
}
