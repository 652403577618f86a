import { RootlessBakeError } from '../../errors.ts';
import { parseControl } from '../../formats/deb/index.ts';
import { parseClauses } from '../../formats/debian/index.ts';
import type { Host } from '../../host.ts';
import type { PinnedPackage } from '../pinned-packages.ts';
import { type AptState, aptFailed, runApt } from './run.ts';

/** A package that apt would install, and where apt would get it. */
export interface Candidate extends PinnedPackage {
  /** As {@link PinnedPackage.file} has it, with what credentials it may hold. */
  readonly url: string;
}

/** Metapackages lead to metapackages at most this often. */
const MAXIMUM_STEPS = 4;

/** What a Debian package may be asked for by: a name, and maybe `:architecture` and `=version`. */
const SPECIFICATION = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+:~-]+)?$/;

/** What apt says of a package that its lists do not have. */
const UNKNOWN =
  /No packages found|Unable to locate package|was not found|no installation candidate|find a source to download/;

/**
 * Asks apt, without network, what it would download for a package: that alone, or it with all that it needs in an
 * empty root, in the order in which apt would install them. A kernel metapackage (`linux-image-amd64`) leads to the
 * package with the kernel.
 *
 * @returns undefined when these lists do not know the package
 * @throws RB_ARGUMENT when the name is none
 * @throws RB_APT_FAILED when apt cannot fulfil its dependencies
 */
export async function findCandidates(
  name: string,
  withDependencies: boolean,
  state: AptState,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<Candidate[] | undefined> {
  if (!SPECIFICATION.test(name)) {
    throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(name)} is no name of a Debian package`, {
      hint: 'a path to a package ends in .deb',
    });
  }
  const wanted = withDependencies ? name : await behindMetapackage(name, state, host);
  if (wanted === undefined) return undefined;
  const common = ['-q', '--print-uris', '-o', 'Acquire::ForceHash=SHA256'];
  const command = withDependencies
    ? [...common, ...EMPTY_ROOT, 'install', wanted]
    : [...common, 'download', wanted];
  const result = await runApt('apt-get', command, state, host, state.cache);
  if (result.exitCode !== 0) {
    if (UNKNOWN.test(result.stderr)) return undefined;
    throw aptFailed(`apt-get ${withDependencies ? 'install' : 'download'} ${wanted}`, result);
  }
  return result.stdout.split('\n').flatMap(parseUri);
}

/** As if nothing were installed, and no package were in apt's cache; with an index of apt's own for that. */
const EMPTY_ROOT: readonly string[] = [
  '--no-install-recommends',
  '-o',
  'Dir::State::status=/dev/null',
  '-o',
  'Dir::Cache::pkgcache=closure.bin',
  '-o',
  'Dir::Cache::archives=none/',
];

/** `'URL' NAME_VERSION_ARCHITECTURE.deb SIZE SHA256:DIGEST` */
function parseUri(line: string): Candidate[] {
  const [, url, name, version, architecture, size, sha256] =
    /^'([^']+)' ([^_\s]+)_([^_\s]+)_([^_\s]+)\.deb (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? [];
  if (url === undefined) return [];
  const file = { url: url.replace(/\/\/[^/@]*@/, '//'), sha256: sha256!, size: Number(size) };
  return [{ name: name!, version: decodeURIComponent(version!), architecture: architecture!, file, url }];
}

/** The kernel package that a kernel metapackage depends on; any other name is its own. */
async function behindMetapackage(
  name: string,
  state: AptState,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<string | undefined> {
  let wanted = name;
  for (let step = 0; step < MAXIMUM_STEPS; step += 1) {
    if (!wanted.startsWith('linux-image-')) return wanted;
    const result = await runApt('apt-cache', ['show', '--no-all-versions', wanted], state, host, state.cache);
    if (result.exitCode !== 0 && !UNKNOWN.test(result.stderr))
      throw aptFailed(`apt-cache show ${wanted}`, result);
    const fields = parseControl(result.stdout)[0];
    if (!fields) return undefined;
    const real = parseClauses(fields.get('Depends') ?? '')
      .map(([first]) => first!.name)
      .find((other) => /^linux-image-(unsigned-)?\d/.test(other));
    if (real === undefined) return wanted;
    wanted = real;
  }
  throw new RootlessBakeError('RB_APT_FAILED', `${name} leads from metapackage to metapackage without end`);
}
