import type { MachineRoot } from '../machine-root.ts';
import { EMPTY_PASSWORD } from '../options.ts';
import { unfit } from '../unfit.ts';

/** What musl's crypt(3) has besides DES: MD5, Blowfish, SHA-256, SHA-512 (musl src/crypt). */
const KNOWN_TO_MUSL = /^(?:[*!]|\$(?:1|2[abxy]|5|6)\$)/;

/** Refuses a hash that no login of the root could compute: then no password would ever fit. */
export function checkHash(root: MachineRoot, hash: string | undefined, place: string): void {
  if (hash === undefined || hash === EMPTY_PASSWORD || KNOWN_TO_MUSL.test(hash)) return;
  if (!root.list('/lib').some((name) => name.startsWith('ld-musl-'))) return;
  throw unfit(
    place,
    `the root's C library, musl, does not know hashes that begin with $${hash.split('$')[1]}$`,
    'make one of another kind: openssl passwd -6',
  );
}
