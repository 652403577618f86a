import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CLI, once, PROJECT, run } from './environment.mjs';
import { makeFlatRoot, makeHugeFile, makeLargeRoot } from './generate.mjs';

const MAKERS = {
  S: () => ({ what: 'Alpine with OpenRC', folder: alpineRoot(), sizeMiB: 128, boots: true }),
  M: () => ({ what: 'Debian minbase', folder: debianRoot(), sizeMiB: 512, boots: true }),
  L: () => ({ what: '30,000 files, 2 GiB', folder: once('large', makeLargeRoot), sizeMiB: 2560 }),
  D: () => ({ what: '50,000 small files in one folder', folder: once('flat', makeFlatRoot), sizeMiB: 1024 }),
  X: () => ({ what: 'one file of 5 GiB', folder: once('huge', makeHugeFile), sizeMiB: 5632 }),
};

export const ROOT_NAMES = Object.keys(MAKERS);

/** A root to put into images of `sizeMiB`, made at the first time; those that are systems `boots`. */
export function prepareRoot(name) {
  return { name, boots: false, ...MAKERS[name]() };
}

function alpineRoot() {
  const alpine = resolve(process.env.RB_ALPINE_DIR ?? join(PROJECT, '../shared/alpine'));
  const folder = once('alpine', (target) => {
    const base = join(
      alpine,
      readdirSync(alpine).find((name) => name.startsWith('alpine-minirootfs-')),
    );
    const recipe = join(PROJECT, 'fixtures/cakes/alpine-machine.yaml');
    const sets = [`cook.base={tar: ${base}}`, `cook.repositories=[${join(alpine, 'apks')}]`];
    const args = ['cook', recipe, '-o', join(target, 'root'), ...sets.flatMap((set) => ['--set', set])];
    run(process.execPath, [CLI, ...args]);
  });
  return join(folder, 'root');
}

function debianRoot() {
  const folder = once('minbase', (target) => {
    const { URI: mirror, Suite: suite } = aptSource();
    run('debootstrap', ['--variant=minbase', suite, join(target, 'root'), mirror]);
  });
  return join(folder, 'root');
}

/** The first Debian source of this machine's own apt. */
function aptSource() {
  const format = 'URI=$(SITE)\tSuite=$(CODENAME)\tRepo=$(REPO_URI)\tCreated=$(CREATED_BY)';
  for (const line of run('apt-get', ['indextargets', '--format', format]).split('\n')) {
    const fields = Object.fromEntries(line.split('\t').map((field) => field.split(/=(.*)/s).slice(0, 2)));
    if (fields.Created === 'Packages' && fields.Suite && !fields.Suite.includes('-')) {
      return { URI: fields.Repo ?? fields.URI, Suite: fields.Suite };
    }
  }
  throw new Error("this machine's apt names no Debian source for debootstrap");
}
