import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
export const CLI = join(project, 'dist/cli/main.js');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rootless-bake/bench');

/** The kernel, its modules and the boot loader as plain files, so that no contestant unpacks a package. */
export async function prepareInputs() {
  const kernel = once('kernel', (folder) => {
    const [name] = run('apt-cache', ['depends', '--important', 'linux-image-cloud-amd64'])
      .split('\n')
      .flatMap((line) => /Depends: (linux-image-\S+)/.exec(line)?.[1] ?? []);
    unpackPackage(name, folder);
    unpackPackage('extlinux', folder);
    unpackPackage('busybox-static', folder);
  });
  const boot = join(kernel, 'boot');
  const vmlinuz = join(
    boot,
    readdirSync(boot).find((name) => name.startsWith('vmlinuz-')),
  );
  const modules = join(kernel, 'lib/modules', readdirSync(join(kernel, 'lib/modules'))[0]);
  return {
    vmlinuz,
    modules,
    extlinux: join(kernel, 'usr/bin/extlinux'),
    mbr: join(kernel, 'usr/lib/EXTLINUX/mbr.bin'),
    busybox: join(kernel, 'bin/busybox'),
  };
}

/** The roots to bake: S, an Alpine with OpenRC; M, a Debian minbase. */
export function prepareRoots(names) {
  const makers = { S: smallRoot, M: mediumRoot };
  return names.map((name) => {
    if (!makers[name])
      throw new Error(`there is no root ${name}: choose among ${Object.keys(makers).join(', ')}`);
    return makers[name]();
  });
}

function smallRoot() {
  const alpine = resolve(process.env.RB_ALPINE_DIR ?? join(project, '../shared/alpine'));
  const folder = once('alpine', (target) => {
    const base = join(
      alpine,
      readdirSync(alpine).find((name) => name.startsWith('alpine-minirootfs-')),
    );
    const recipe = join(project, 'fixtures/cakes/alpine-machine.yaml');
    const sets = [`cook.base={tar: ${base}}`, `cook.repositories=[${join(alpine, 'apks')}]`];
    const args = ['cook', recipe, '-o', join(target, 'root'), ...sets.flatMap((set) => ['--set', set])];
    run(process.execPath, [CLI, ...args]);
  });
  return { name: 'S', what: 'Alpine with OpenRC', folder: join(folder, 'root'), sizeMiB: 128 };
}

function mediumRoot() {
  const folder = once('minbase', (target) => {
    const { URI: mirror, Suite: suite } = aptSource();
    run('debootstrap', ['--variant=minbase', suite, join(target, 'root'), mirror]);
  });
  return { name: 'M', what: 'Debian minbase', folder: join(folder, 'root'), sizeMiB: 512 };
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

function unpackPackage(name, folder) {
  const download = join(folder, 'download');
  mkdirSync(download, { recursive: true });
  run('apt-get', ['download', '-q', name], download);
  for (const deb of readdirSync(download)) run('dpkg-deb', ['-x', join(download, deb), folder]);
  rmSync(download, { recursive: true });
}

/** A folder that is filled once and kept for later runs. */
function once(name, fill) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  process.stderr.write(`preparing ${name} …\n`);
  try {
    fill(unfinished);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  renameSync(unfinished, folder);
  return folder;
}

function run(program, args, cwd = process.cwd()) {
  return execFileSync(program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
}
