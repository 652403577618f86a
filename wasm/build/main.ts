#!/usr/bin/env node
/**
 * Builds dist/ext2fs.wasm: `node dist/build/main.js [--check-reproducible]`.
 * Prints the sha256 of the result on standard output, everything else on standard error.
 */
import { parseArgs } from 'node:util';
import { build, compileWasm } from './build.ts';
import { BuildError } from './errors.ts';
import { createProgress } from './progress.ts';

const usage = `Usage: node dist/build/main.js [options]

Makes dist/ext2fs.wasm from the pinned e2fsprogs source, or takes it from the user's cache.

  --check-reproducible  build once more without the cache and compare the sha256
  --help                show this text

Environment: EXT2FS_WASM_SOURCE  path of the e2fsprogs tarball
             XDG_CACHE_HOME      cache directory (default ~/.cache)
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { 'check-reproducible': { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const progress = createProgress(process.stderr);
  const built = await build(progress);
  process.stdout.write(`${built.sha256}  ${built.path}\n`);
  if (!values['check-reproducible']) return 0;
  const second = await compileWasm(progress, false);
  process.stdout.write(`${second.sha256}  (second build)\n`);
  if (second.sha256 === built.sha256) return 0;
  process.stderr.write('ext2fs-wasm: the second build differs from the first\n');
  return 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof BuildError)) throw error;
  process.stderr.write(`ext2fs-wasm: ${error.message}\n`);
  if (error.hint) process.stderr.write(`hint: ${error.hint}\n`);
  process.exitCode = 1;
}
