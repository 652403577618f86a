import { RootlessBakeError } from '../../errors.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';

/** Debian's own archive, and what it was on any day since 2005. */
export const DEFAULT_MIRROR = 'http://ftp.debian.org/debian';
const SNAPSHOTS = 'http://snapshot.debian.org/archive/debian';

/** A repository of Debian packages. */
export interface DebianLocation {
  /** Without a slash at the end; it may hold credentials. */
  readonly url: string;
  /** The same without them, for people and locks. */
  readonly shown: string;
  readonly isSnapshot: boolean;
}

/**
 * Where a mirror is, or what Debian's was at a time.
 *
 * @param mirror an http(s) URL; with a snapshot, that of a server of snapshots, up to its times
 * @param snapshot such as `20240101T000000Z`
 * @throws RB_ARGUMENT when it is none
 */
export function debianLocation(mirror: string | undefined, snapshot: string | undefined): DebianLocation {
  const base = (mirror ?? (snapshot === undefined ? DEFAULT_MIRROR : SNAPSHOTS)).replace(/\/+$/, '');
  if (!isHttpUrl(base)) {
    throw new RootlessBakeError('RB_ARGUMENT', `${redactUrl(base)} is no mirror of Debian packages`, {
      hint: `write an http or https URL, such as ${DEFAULT_MIRROR}`,
    });
  }
  if (snapshot !== undefined && !/^\d{8}T\d{6}Z$/.test(snapshot)) {
    throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(snapshot)} is no time of a snapshot`, {
      hint: 'write it as 20240101T000000Z',
    });
  }
  const url = snapshot === undefined ? base : `${base}/${snapshot}`;
  return { url, shown: url.replace(/\/\/[^/@]*@/, '//'), isSnapshot: snapshot !== undefined };
}
