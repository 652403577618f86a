import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

/** The built product, at a place where every user of this machine can read it. */
export interface Product {
  readonly root: string;
  /** The command line's main file, for `node`. */
  readonly cli: string;
  /** The Alpine minirootfs and repository for tests; see the README. */
  readonly alpine: string;
}

declare module 'vitest' {
  export interface ProvidedContext {
    product: Product;
  }
}

const PROJECT = resolve(import.meta.dirname, '../..');
const ALPINE = resolve(PROJECT, process.env['RB_ALPINE_DIR'] ?? '../shared/alpine');

/**
 * vitest's global set-up. As root, tests cook and bake as other users, who may not be able to read the
 * checkout: they get a copy of what the npm package holds.
 */
export default function setup(project: TestProject): (() => void) | undefined {
  // What tsc alone leaves asks for packages that an installation does not have.
  execFileSync(process.execPath, [join(PROJECT, '.ci/bundle.mjs')]);
  if (process.getuid?.() !== 0) {
    project.provide('product', productAt(PROJECT, ALPINE));
    return undefined;
  }
  const copy = mkdtempSync(join(tmpdir(), 'rootless-bake-product-'));
  for (const path of ['dist', 'fixtures', 'package.json', 'cake.schema.json', ...dependencies()]) {
    if (existsSync(join(PROJECT, path))) cpSync(join(PROJECT, path), join(copy, path), { recursive: true });
  }
  for (const path of ['package.json', 'dist']) {
    cpSync(join(PROJECT, 'wasm', path), join(copy, 'node_modules/ext2fs-wasm', path), { recursive: true });
  }
  const alpine = join(copy, 'alpine');
  if (existsSync(ALPINE)) cpSync(ALPINE, alpine, { recursive: true });
  execFileSync('chmod', ['-R', 'u+w,a+rX', copy]);
  chmodSync(copy, 0o755);
  project.provide('product', productAt(copy, alpine));
  return () => rmSync(copy, { recursive: true, force: true });
}

function productAt(root: string, alpine: string): Product {
  return { root, cli: join(root, 'dist/cli/main.js'), alpine };
}

/** The folders of what the product needs at run time, relative to the project. */
function dependencies(): string[] {
  return execFileSync('npm', ['ls', '--omit=dev', '--all', '--parseable', '--loglevel=error'], {
    cwd: PROJECT,
    encoding: 'utf8',
  })
    .split('\n')
    .map((path) => relative(PROJECT, path))
    .filter(
      (path) => path.startsWith('node_modules') && !path.endsWith('ext2fs-wasm') && dirname(path) !== '.',
    );
}
