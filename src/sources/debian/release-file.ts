import { RootlessBakeError } from '../../errors.ts';
import { parseRelease, type Release } from '../../formats/debian/index.ts';
import { type KeyringKey, verifyCleartext } from '../../formats/openpgp/index.ts';
import type { SourceMeans } from '../means.ts';
import type { DebianLocation } from './location.ts';

/** A Release file that a key of the keyring has signed, and that is of now. */
export interface SignedRelease {
  readonly release: Release;
  /** URL of its folder. */
  readonly url: string;
  /** Fingerprints of the keys that have signed it. */
  readonly signedBy: readonly string[];
}

const LIMIT = 16 << 20;

/** Clocks differ: a release may be so many milliseconds ahead. */
const AHEAD = 3_600_000;

/**
 * Fetches the InRelease file of a release and verifies it: a key of the keyring has signed it, it is that of the
 * release that was asked for, and it has not expired. A snapshot is old by intent: its keys need only have been valid
 * when they signed, and its Valid-Until is not looked at, which is told.
 *
 * @param name a codename or a suite
 * @throws RB_SIGNATURE_INVALID, RB_RELEASE_INVALID, and what the network throws
 */
export async function fetchRelease(
  name: string,
  location: DebianLocation,
  keyring: readonly KeyringKey[],
  means: SourceMeans,
): Promise<SignedRelease> {
  const { host } = means;
  const url = `${location.url}/dists/${name}`;
  const what = `InRelease of ${location.shown} ${name}`;
  const now = (host.time ?? Date.now)();
  const net = await means.net();
  const { bytes } = await net.document({ url: `${url}/InRelease`, what, limit: LIMIT });
  const verified = verifyCleartext(bytes, keyring, { what, now, atSigning: location.isSnapshot });
  const release = parseRelease(verified.text, what);
  checkName(name, release, what);
  if (location.isSnapshot && release.validUntil !== undefined) {
    const text = `${what} was valid until ${day(release.validUntil)}: for a snapshot that does not count`;
    host.emit({ type: 'message', level: 'info', text });
  } else {
    checkTime(release, now, what);
  }
  return { release, url, signedBy: verified.signedBy.map(({ fingerprint }) => fingerprint) };
}

/** A mirror that is set up wrong, or lies, may send another release. */
function checkName(name: string, { suite, codename }: Release, what: string): void {
  if (name === suite || name === codename) return;
  throw new RootlessBakeError(
    'RB_RELEASE_INVALID',
    `${what} is that of ${codename ?? 'no codename'} (${suite ?? 'no suite'})`,
    { hint: 'check the name of the release; if it is right, the mirror is wrong' },
  );
}

function checkTime({ date, validUntil }: Release, now: number, what: string): void {
  if (date > now + AHEAD) {
    throw new RootlessBakeError(
      'RB_RELEASE_INVALID',
      `${what} is of the future: ${new Date(date).toISOString()}`,
      {
        hint: 'set the clock of this machine',
      },
    );
  }
  if (validUntil === undefined || validUntil > now) return;
  throw new RootlessBakeError('RB_RELEASE_INVALID', `${what} was valid until ${day(validUntil)}`, {
    hint: 'the mirror is not kept any more, or withholds what is newer: name another, or a snapshot',
  });
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
