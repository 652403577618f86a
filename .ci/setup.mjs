/**
 * Brings a clone to where `npm start` and `npm test` can run: dependencies, compiled TypeScript, bundles, the wasm.
 * A step whose result is there and as it should be takes no time worth speaking of.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old: rootless-bake needs 20.19 or newer.`);
}

const installed = join(root, 'node_modules', '.package-lock.json');
if (!existsSync(installed) || changed(installed) < changed(join(root, 'package-lock.json'))) {
  // Not `npm ci`: it refuses a lock file made where a registry lacks other platforms' optional packages.
  step('Installing dependencies', 'npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
}
step('Compiling TypeScript', process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b']);
step('Bundling zod and yaml', process.execPath, [join(root, '.ci/bundle.mjs')]);
step('Building ext2fs.wasm', process.execPath, [join(root, 'wasm/dist/build/main.js')]);

function changed(file) {
  return statSync(file).mtimeMs;
}

function step(title, command, args) {
  process.stderr.write(`${title} …\n`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) fail(`${title}: ${error.message}`);
  if (status !== 0) fail(`${title} failed (exit code ${status}).`);
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
