import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { folderOf, runAs, type User } from './users.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

/** The published form of a package of this project, in a folder of a user who owns nothing else of it. */
export interface InstalledPackage {
  /** The user's folder, which was empty. The caller removes it. */
  readonly folder: string;
  /** What `npm install` made of the package: `folder/node_modules/NAME`. */
  readonly root: string;
  /** The tarball. */
  readonly tarball: string;
  /** Paths in the tarball, without its leading `package/`, sorted. */
  readonly files: readonly string[];
}

/**
 * Packs `ext2fs-wasm` as for publication, from a copy of its sources and its `prepack` included, and installs it
 * alone in an empty folder as the user. npm is told to stay off the network.
 */
export function installExt2fsWasm(user: User): InstalledPackage {
  const folder = folderOf(user);
  const source = mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));
  try {
    const dist = join(PROJECT, 'wasm/dist');
    cpSync(join(PROJECT, 'wasm'), source, { recursive: true, filter: (path) => path !== dist });
    symlinkSync(join(PROJECT, 'node_modules'), join(source, 'node_modules'));
    pack(source, folder);
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
  return install(user, 'ext2fs-wasm', folder);
}

/**
 * Packs `rootless-bake`, `ext2fs-wasm` and all that they depend on, optional packages too, and installs the
 * tarballs in an empty folder as the user. The dependencies are those of this checkout, packed once more: npm is told
 * to stay off the network.
 */
export function installRootlessBake(user: User): InstalledPackage {
  const folder = folderOf(user);
  const { dependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(PROJECT, 'package.json'), 'utf8'),
  ) as Record<'dependencies' | 'optionalDependencies', Record<string, string>>;
  // None has dependencies of its own; one that got some would fail here, for npm would have to ask for it.
  const names = Object.keys({ ...dependencies, ...optionalDependencies });
  const sources = names.map((name) =>
    join(PROJECT, name === 'ext2fs-wasm' ? 'wasm' : `node_modules/${name}`),
  );
  // What the whole test run has built: the scripts need not build it again.
  pack(PROJECT, folder, '--ignore-scripts', PROJECT, ...sources);
  return install(user, 'rootless-bake', folder);
}

function pack(cwd: string, folder: string, ...args: readonly string[]): void {
  execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder, ...args], {
    cwd,
    env: { ...process.env, npm_config_offline: 'true' },
    stdio: 'pipe',
  });
}

/** Installs all tarballs of the folder. */
function install(user: User, name: string, folder: string): InstalledPackage {
  const tarballs = readdirSync(folder).map((file) => join(folder, file));
  const tarball = tarballs.find((path) => path.startsWith(join(folder, `${name}-`)))!;
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .sort();
  // With a prefix, or npm would install into the nearest folder above that has a node_modules.
  const options = ['--offline', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const run = runAs(user, ['npm', 'install', ...options, ...tarballs], { cwd: folder });
  if (run.status !== 0) throw new Error(`npm install ${tarballs.join(' ')}: ${run.stderr}`);
  return { folder, root: join(folder, 'node_modules', name), tarball, files };
}
