import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { downloadClosure } from './apt-closure.ts';
import { makeRepository } from './debian-repository.ts';
import { judge } from './oracle.ts';

/**
 * Makes a mirror of real packages, signed by a key of its own: `mirror/` to be served, and `keyring.gpg`.
 *
 * @param names packages of this machine's apt; what they depend on comes along
 */
export function makeDebianArchive(folder: string, codename: string, names: readonly string[]): void {
  const debs = join(folder, 'debs');
  mkdirSync(debs, { recursive: true });
  downloadClosure(debs, ...names);
  const { files, release } = makeRepository(debs, { codename, suite: codename });
  for (const [path, bytes] of files) {
    const target = join(folder, 'mirror', path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
  const home = mkdtempSync(join(tmpdir(), 'rb-gpg-'));
  try {
    const gpg = (...args: string[]) => judge('gpg', ['--homedir', home, '--batch', '--quiet', ...args]);
    gpg('--passphrase', '', '--quick-generate-key', 'Test Archive', 'ed25519', 'sign', 'never');
    const path = join(folder, 'release');
    writeFileSync(path, release);
    gpg('--output', join(folder, 'mirror/dists', codename, 'InRelease'), '--clearsign', path);
    gpg('--output', join(folder, 'keyring.gpg'), '--export');
    judge('gpgconf', ['--homedir', home, '--kill', 'all']);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
