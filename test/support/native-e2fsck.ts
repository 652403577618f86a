import { spawnSync } from 'node:child_process';
import { basename, dirname } from 'node:path';
import { findTool } from './oracle.ts';

/**
 * Runs native `e2fsck -f` on a file, at the given time and without the machine's own configuration.
 * Its name for the file is the last part of the path: call that `device`, as ext2fs-wasm calls it.
 */
export function nativeCheck(
  path: string,
  { repair, epoch }: { repair: boolean; epoch: number },
): { exitCode: number | null; output: string } {
  const now = String(epoch);
  const env = {
    E2FSPROGS_FAKE_TIME: now,
    E2FSCK_TIME: now,
    E2FSCK_CONFIG: '/dev/null',
    LC_ALL: 'C',
    TZ: 'UTC',
  };
  // One pipe for both streams keeps their order; found on PATH, it calls itself `e2fsck`.
  const script = `exec e2fsck ${repair ? '-fy' : '-fn'} "$1" 2>&1`;
  const run = spawnSync('/bin/sh', ['-c', script, 'sh', basename(path)], {
    cwd: dirname(path),
    env: { ...env, PATH: dirname(findTool('e2fsck')!) },
    maxBuffer: 1 << 28,
  });
  return { exitCode: run.status, output: run.stdout.toString('utf8') };
}
