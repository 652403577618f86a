/** npm run check:package -- publint and Are The Types Wrong look at both packages as they would be published. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack, root } from './pack.mjs';

// Both packages are ESM; a .wasm is no module that could have types.
const attw = ['--profile', 'esm-only', '--exclude-entrypoints', './ext2fs.wasm', '--format', 'ascii'];

const work = mkdtempSync(join(tmpdir(), 'rootless-bake-package-'));
process.once('exit', () => rmSync(work, { recursive: true, force: true }));

for (const tarball of pack(work)) {
  check('publint', '--strict', tarball);
  check('attw', ...attw, tarball);
}

function check(tool, ...args) {
  const program = join(root, 'node_modules/.bin', tool);
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) process.exitCode = 1;
}
