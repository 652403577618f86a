/** Debian packages with what they need, from a mirror or a snapshot, without apt: every byte stands for a signature. */

import { RootlessBakeError } from '../../errors.ts';
import type { Relation } from '../../formats/debian/index.ts';
import { breather } from '../../host.ts';
import type { ContentSink } from '../../tree/content.ts';
import { type DebianPackage, readPackages } from '../deb.ts';
import type { SourceMeans } from '../means.ts';
import { type PinnedPackage, pinPackages } from '../pinned-packages.ts';
import type { PinRequest, Pins } from '../pins.ts';
import { fetchIndexes } from './indexes.ts';
import { DEBIAN_KEYRING, loadKeyrings } from './keyring.ts';
import { type DebianLocation, debianLocation } from './location.ts';
import { fetchRelease } from './release-file.ts';
import { resolveDebian } from './resolve.ts';
import { Universe } from './universe.ts';

export interface DebianSource {
  /** Names, each perhaps with `=version`. */
  readonly packages: readonly string[];
  /** A codename or a suite. */
  readonly release: string;
  /** As {@link debianLocation} has it. */
  readonly mirror?: string | undefined;
  readonly snapshot?: string | undefined;
  /** Default: main. */
  readonly components?: readonly string[] | undefined;
  /** Default: amd64. */
  readonly architecture?: string | undefined;
  /** Paths of keyrings. Default: Debian's own on this machine. */
  readonly keyrings?: readonly string[] | undefined;
  /** Whether what they need comes along. Default: true. */
  readonly dependencies?: boolean | undefined;
}

/**
 * Reads packages from a repository: its InRelease is signed by a key of the keyrings, the index of packages is that of
 * the InRelease, and the packages are those of the index, by sha256. What a lock pins is fetched by its digest alone.
 *
 * @returns in an order in which dpkg could unpack them
 * @throws RB_SIGNATURE_INVALID, RB_RELEASE_INVALID, RB_DIGEST_MISMATCH, RB_ARCHIVE_DAMAGED
 * @throws RB_INPUT_NOT_FOUND, RB_DEBIAN_UNSATISFIABLE for packages that cannot be had; RB_ARGUMENT
 * @throws RB_STORE_UNUSABLE, and what the network throws
 */
export async function readDebianClosure(
  source: DebianSource,
  sink: ContentSink,
  means: SourceMeans,
): Promise<DebianPackage[]> {
  const location = debianLocation(source.mirror, source.snapshot);
  const pinned = await pinPackages(debianRequest(source, means.pins), means, () =>
    findPackages(withDefaults(source), location, means),
  );
  return await readPackages(pinned, (item) => fetchPackage(item, location, means), sink, means);
}

/** What a lock is asked for packages of a repository. */
export function debianRequest(source: DebianSource, pins: Pins): PinRequest {
  const { packages, release, mirror, snapshot, ...choice } = withDefaults(source);
  const { components, architecture, dependencies, keyrings } = choice;
  const location = debianLocation(mirror, snapshot);
  return {
    kind: 'debian',
    name: packages.join(' '),
    key: {
      packages,
      release,
      location: location.shown,
      components,
      architecture,
      dependencies,
      keyrings: keyrings.map((path) => (path === DEBIAN_KEYRING ? path : pins.place(path))),
    },
    isFixed: location.isSnapshot,
  };
}

type WholeSource = Pick<DebianSource, 'packages' | 'release' | 'mirror' | 'snapshot'> & {
  readonly [Name in 'components' | 'architecture' | 'dependencies' | 'keyrings']: NonNullable<
    DebianSource[Name]
  >;
};

function withDefaults(source: DebianSource): WholeSource {
  const { components = ['main'], architecture = 'amd64', dependencies = true } = source;
  const { keyrings = [DEBIAN_KEYRING] } = source;
  return { ...source, components, architecture, dependencies, keyrings };
}

async function findPackages(
  source: WholeSource,
  location: DebianLocation,
  means: SourceMeans,
): Promise<PinnedPackage[]> {
  const { release, components, architecture, dependencies } = source;
  const requests = source.packages.map(parseRequest);
  const signed = await fetchRelease(release, location, loadKeyrings(source.keyrings), means);
  const what = `${location.shown} ${release}`;
  const indexes = await fetchIndexes(signed, components, architecture, what, means);
  const versions = new Map(
    requests.flatMap(({ name, constraint }) => (constraint ? [[name, constraint.version] as const] : [])),
  );
  const universe = new Universe(indexes, architecture, versions);
  const found = await resolveDebian(requests, universe, { dependencies }, breather(means.host));
  return found.map((item) => {
    const { path, sha256, size } = item.file;
    const { name, version } = item;
    return {
      name,
      version,
      architecture: item.architecture,
      // A path may have what a URL has to quote, as apt does.
      file: { url: `${location.shown}/${path.split('/').map(encodeURIComponent).join('/')}`, sha256, size },
    };
  });
}

/** The URL of the lock, with the credentials of the recipe's. */
async function fetchPackage(
  { name, version, file }: PinnedPackage,
  location: DebianLocation,
  means: SourceMeans,
): Promise<{ path: string; sha256: string }> {
  const isSame = file.url.startsWith(`${location.shown}/`);
  const url = isSame ? `${location.url}${file.url.slice(location.shown.length)}` : file.url;
  const net = await means.net();
  return await net.download({
    url,
    sha256: file.sha256,
    size: file.size,
    what: `package ${name} ${version}`,
  });
}

/** `name` or `name=version` */
function parseRequest(text: string): Relation {
  const [, name, version] = /^([a-z0-9][a-z0-9+.-]+)(?:=([\w.+:~-]+))?$/.exec(text) ?? [];
  if (name === undefined) {
    throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no name of a Debian package`, {
      hint: 'write a name such as gawk, or gawk=1:5.2.1-2',
    });
  }
  return { name, ...(version !== undefined && { constraint: { operator: '=', version } }) };
}
