import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from './oracle.ts';

/** Programs that `debianKernel` needs. */
export const DEBIAN_KERNEL_TOOLS = ['apt-get', 'apt-cache', 'dpkg-deb', 'depmod'] as const;

export interface DebianKernel {
  /** Folder that holds boot/ and lib/modules/. */
  readonly root: string;
  readonly release: string;
  /** `lib/modules/RELEASE` below the root; depmod has been run there. */
  readonly modules: string;
}

/**
 * Debian's kernel for virtual machines, unpacked into the temporary folder of this user, where it stays
 * for the next run.
 */
export function debianKernel(): DebianKernel {
  const root = join(tmpdir(), `rb-debian-kernel-${process.getuid?.() ?? 0}`);
  if (!existsSync(root)) {
    const work = mkdtempSync(`${root}-`);
    const name = judge('apt-cache', ['depends', 'linux-image-cloud-amd64']).match(
      /linux-image-[\d.]+\S+/,
    )?.[0];
    if (name === undefined) throw new Error('apt knows no linux-image-cloud-amd64: run apt-get update');
    execFileSync('apt-get', ['download', '-q', name], { cwd: work, stdio: 'pipe' });
    const deb = readdirSync(work).find((file) => file.endsWith('.deb')) ?? '';
    mkdirSync(join(work, 'root'));
    judge('dpkg-deb', ['--extract', join(work, deb), join(work, 'root')]);
    const [release = ''] = readdirSync(join(work, 'root/lib/modules'));
    judge('depmod', ['--basedir', join(work, 'root'), release]);
    try {
      renameSync(join(work, 'root'), root);
    } catch (error) {
      // The other worker of vitest was faster; its kernel is as good.
      if (!existsSync(join(root, 'lib/modules'))) throw error;
    }
    rmSync(work, { recursive: true });
  }
  const [release = ''] = readdirSync(join(root, 'lib/modules'));
  return { root, release, modules: join(root, 'lib/modules', release) };
}
