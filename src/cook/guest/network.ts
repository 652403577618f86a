import { chmodSync, existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bind } from '../../sandbox/guest.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Scratch } from '../scratch/scratch.ts';

const GUEST_PATH = '/etc/resolv.conf';

/** Variables that lead programs through a proxy. */
const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy'];

/** The host's name servers, lent to a root that names none. */
export interface NameServers {
  readonly binds: readonly Bind[];
  /** Takes over the file that the guest has put in the place of ours, if it has. */
  adopt(): void;
}

/**
 * Lends the guest a copy of the host's /etc/resolv.conf when the root has none. The copy is shown, not put
 * into the root; what a guest writes there instead becomes the root's.
 */
export function lendNameServers(tree: Tree, scratch: Scratch): NameServers {
  const isOwn = tree.get(GUEST_PATH) !== undefined || tree.resolve('/etc')?.entry.type !== 'directory';
  if (isOwn || !existsSync(GUEST_PATH)) return { binds: [], adopt() {} };
  const copy = join(scratch.control, 'resolv.conf');
  rmSync(copy, { force: true });
  writeFileSync(copy, readFileSync(GUEST_PATH));
  chmodSync(copy, 0o644);
  const lent = stamp(copy);
  return {
    binds: [{ host: copy, guest: GUEST_PATH }],
    adopt() {
      if (existsSync(copy) && stamp(copy) !== lent && tree.get('/etc')?.type === 'directory') {
        renameSync(copy, scratch.root + GUEST_PATH);
      }
    },
  };
}

/** The host's proxy settings, in both spellings that are in use. */
export function proxyEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of PROXY_VARIABLES.flatMap((name) => [name, name.toUpperCase()])) {
    const value = env[name];
    if (value) found[name] = value;
  }
  return found;
}

function stamp(path: string): string {
  const { ino, size, mtimeNs } = lstatSync(path, { bigint: true });
  return `${ino} ${size} ${mtimeNs}`;
}
