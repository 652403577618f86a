import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from './oracle.ts';

/** Programs that `debianRoot` needs; it needs root as well. */
export const DEBIAN_ROOT_TOOLS = ['debootstrap', 'apt-get', 'tar'] as const;

/**
 * A tar of a small Debian with systemd and an ssh server, as debootstrap makes it from this machine's own
 * source. It stays in the temporary folder for the next run.
 */
export function debianRoot(): string {
  const tar = join(tmpdir(), 'rb-debian-systemd-root.tar');
  if (existsSync(tar)) return tar;
  const work = mkdtempSync(`${tar}-`);
  const root = join(work, 'root');
  const { mirror, suite } = debianSource();
  const packages = ['systemd-sysv', 'udev', 'openssh-server', 'tzdata'];
  judge('debootstrap', ['--variant=minbase', `--include=${packages.join(',')}`, suite, root, mirror]);
  rmSync(join(root, 'var/cache/apt/archives'), { recursive: true });
  judge('tar', ['-C', root, '--xattrs', '-cf', join(work, 'root.tar'), '.']);
  renameSync(join(work, 'root.tar'), tar);
  rmSync(work, { recursive: true });
  return tar;
}

/** The first source of Debian itself that apt knows. */
function debianSource(): { mirror: string; suite: string } {
  const format = '$(REPO_URI)\t$(CODENAME)\t$(CREATED_BY)';
  const lines = judge('apt-get', ['indextargets', '--format', format]).split('\n');
  for (const line of lines) {
    const [mirror, suite, kind] = line.split('\t');
    if (mirror && suite && kind === 'Packages' && !suite.includes('-')) return { mirror, suite };
  }
  throw new Error('apt names no source of Debian');
}
