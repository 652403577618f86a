import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
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
    execFileSync('npm', ['pack', '--loglevel=error', '--pack-destination', folder], {
      cwd: source,
      env: { ...process.env, npm_config_offline: 'true' },
      stdio: 'pipe',
    });
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith('.tgz'))!);
  const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trimEnd()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''))
    .sort();
  // With a prefix, or npm would install into the nearest folder above that has a node_modules.
  const options = ['--offline', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', folder];
  const run = runAs(user, ['npm', 'install', ...options, tarball], { cwd: folder });
  if (run.status !== 0) throw new Error(`npm install ${tarball}: ${run.stderr}`);
  return { folder, root: join(folder, 'node_modules/ext2fs-wasm'), tarball, files };
}
