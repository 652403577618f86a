import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApkKeys, readIndexFile } from '../../src/formats/apk/index.ts';
import { PackageTable } from '../../src/sources/alpine/package-table.ts';
import { ALPINE } from './alpine-root.ts';
import { judge } from './oracle.ts';

/** One line of what apk says that it would do. */
export interface SimulatedChange {
  readonly verb: 'Installing' | 'Replacing' | 'Purging';
  readonly name: string;
  readonly version: string;
}

/** An unpacked minirootfs with the repository at /repository, in which the real apk runs by chroot. */
export class ApkOracle {
  readonly root: string;
  readonly keys: ApkKeys;

  constructor() {
    this.root = mkdtempSync(join(tmpdir(), 'rootless-bake-apk-'));
    judge('tar', ['-xpf', minirootfs(), '-C', this.root]);
    cpSync(join(ALPINE, 'apks'), join(this.root, 'repository'), { recursive: true });
    judge('chmod', ['-R', 'u+w', join(this.root, 'repository')]);
    judge('mknod', ['-m', '666', join(this.root, 'dev/null'), 'c', '1', '3']);
    const folder = join(this.root, 'etc/apk/keys');
    this.keys = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  /** The verified text of the repository's index. */
  index(): Buffer {
    const path = join(ALPINE, 'apks/x86_64/APKINDEX.tar.gz');
    return readIndexFile(readFileSync(path), this.keys, path);
  }

  packageNames(): string[] {
    return [...new PackageTable(this.index()).packageNames()];
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** Makes an empty root below this one, as `apk --initdb` does; gives its path in this one. */
  emptyRoot(): string {
    mkdirSync(join(this.root, 'empty'));
    this.run([
      '--root',
      '/empty',
      '--initdb',
      '--keys-dir',
      '/etc/apk/keys',
      '--repositories-file',
      '/dev/null',
      'add',
    ]);
    return '/empty';
  }

  /** Runs apk; gives its output, or undefined when it fails. */
  run(args: readonly string[]): string | undefined {
    const clean = ['/usr/bin/env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', '/sbin/apk'];
    const { status, stdout } = spawnSync('chroot', [this.root, ...clean, ...args], { encoding: 'utf8' });
    return status === 0 ? stdout : undefined;
  }

  /** What `apk add --simulate` would do, in its order; undefined when it cannot. */
  simulate(args: readonly string[]): SimulatedChange[] | undefined {
    const output = this.run(['add', '--simulate', ...args]);
    if (output === undefined) return undefined;
    return [...output.matchAll(/^\(\d+\/\d+\) (\w+) ([^\s@]+)\S* \((?:.* -> )?(.*)\)$/gm)].map(
      ([, verb, name, version]) => ({
        verb: verb === 'Installing' || verb === 'Purging' ? verb : 'Replacing',
        name: name!,
        version: version!,
      }),
    );
  }
}

/** Path of the minirootfs. */
export function minirootfs(): string {
  return join(ALPINE, readdirSync(ALPINE).find((file) => file.startsWith('alpine-minirootfs-'))!);
}

/** Some of a list, without repetition. */
export function subset<T>(items: readonly T[], count: number, roll: (bound: number) => number): T[] {
  const chosen = new Set<T>();
  while (chosen.size < Math.min(count, items.length)) chosen.add(items[roll(items.length)]!);
  return [...chosen];
}
