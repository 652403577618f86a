import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Description, describeFolder } from './describe-tree.ts';
import { judge } from './oracle.ts';

/**
 * Unpacks a base as root, runs a command in it by chroot, with nothing between it and the kernel, and
 * describes the outcome. The repository is at /repository while the command runs.
 */
export function nativeRoot(tar: string, repository: string, command: readonly string[]): Description {
  const root = mkdtempSync(join(tmpdir(), 'rootless-bake-native-'));
  try {
    judge('tar', ['-xpf', tar, '-C', root]);
    cpSync(repository, join(root, 'repository'), { recursive: true });
    judge('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
    const clean = ['/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
    judge('chroot', [root, ...clean, '/bin/sh', '-c', 'umask 022; exec "$@"', 'sh', ...command]);
    for (const name of ['repository', 'dev/null']) rmSync(join(root, name), { recursive: true });
    return withoutTimes(describeFolder(root));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Times are the day's natively, and the epoch in a cook. */
export function withoutTimes(description: Description): Description {
  return new Map([...description].map(([path, line]) => [path, line.replace(/ mtime=-?\d+/, '')]));
}
