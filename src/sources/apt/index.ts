/** Debian packages by name, as an ordinary user, through the machine's apt. */
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import { NetError } from '../../net/failure.ts';
import { offlineError } from '../../net/offline.ts';
import { isHttpUrl } from '../../net/url.ts';
import { makeCacheFolder } from '../../store/folder.ts';
import type { StoredBlob } from '../../store/store.ts';
import { inLanes } from '../lanes.ts';
import type { SourceMeans } from '../means.ts';
import type { PinnedPackage } from '../pinned-packages.ts';
import { type Candidate, findCandidates } from './candidate.ts';
import { knownLists, updateLists } from './lists.ts';
import { type AptState, aptFailed, runApt } from './run.ts';

/** Packages on their way at once; the network has limits of its own. */
const LANES = 8;

/**
 * Finds what apt would install for a name by the newest lists at hand, and fetches it into the store. Lists are
 * fetched only when those at hand do not know the package or are out of date. Several runs may do so at once.
 *
 * @param withDependencies with all that it needs in an empty root, but nothing that is only recommended
 * @throws RB_APT_MISSING when the machine has no apt
 * @throws RB_APT_FAILED when apt cannot get the lists or the package
 * @throws RB_INPUT_NOT_FOUND when there is no such package
 * @throws RB_OUTPUT_UNWRITABLE when the cache cannot be written
 * @throws RB_DIGEST_MISMATCH when the downloaded file is not the one in the lists; RB_OFFLINE, RB_STORE_UNUSABLE
 */
export async function findAptPackages(
  name: string,
  withDependencies: boolean,
  means: SourceMeans,
): Promise<PinnedPackage[]> {
  const { host } = means;
  const directory = listsFolder(means);
  const known = await fromKnownLists(name, withDependencies, directory, means);
  if (Array.isArray(known)) return known;
  if (host.offline) throw known ?? offlineError(`apt's lists with ${name}`);
  host.emit({ type: 'message', level: 'info', text: `fetching package lists for ${name}` });
  const state = await updateLists(directory, host).catch((error: unknown) => {
    throw known ?? error;
  });
  const found = await findCandidates(name, withDependencies, state, host);
  if (!found || found.length === 0) throw notFound(name);
  await inLanes(found, LANES, (candidate) => fetchAptPackage(candidate, means, [state]));
  return found.map(withoutSecrets);
}

/**
 * A package of known digest: from the store, else from its URL, else by apt, which may know a proxy, credentials or
 * another way to it.
 *
 * @param states apt's lists to look in
 * @throws as {@link findAptPackages}; what the network throws when apt cannot help
 */
export async function fetchAptPackage(
  item: PinnedPackage & { readonly url?: string },
  means: SourceMeans,
  states: readonly AptState[] = knownLists(listsFolder(means)),
): Promise<StoredBlob> {
  const { name, version, file } = item;
  const { sha256, size } = file;
  const stored = await means.store.get(sha256, size);
  if (stored) return stored;
  const what = `package ${name} ${version}`;
  if (means.host.offline) throw offlineError(item.url ?? file.url);
  let failure: NetError | undefined;
  if (isHttpUrl(file.url)) {
    try {
      const net = await means.net();
      return await net.download({ url: item.url ?? file.url, sha256, size, what });
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      failure = error;
    }
  }
  for (const state of states) {
    const blob = await downloadByApt(item, what, state, means);
    if (blob) return blob;
  }
  throw (
    failure ??
    new RootlessBakeError('RB_APT_FAILED', `apt knows no ${what} any more`, {
      hint: `look it up anew: lock --update ${name}`,
    })
  );
}

/** The packages by the newest lists that know the name; what was wrong when these are too old to fetch them by. */
async function fromKnownLists(
  name: string,
  withDependencies: boolean,
  directory: string,
  means: SourceMeans,
): Promise<PinnedPackage[] | RootlessBakeError | undefined> {
  for (const state of knownLists(directory)) {
    const found = await findCandidates(name, withDependencies, state, means.host);
    if (!found || found.length === 0) continue;
    try {
      await inLanes(found, LANES, (candidate) => fetchAptPackage(candidate, means, [state]));
      return found.map(withoutSecrets);
    } catch (error) {
      const isOutdated = error instanceof RootlessBakeError && /^RB_(APT_FAILED|NETWORK)$/.test(error.code);
      if (isOutdated) return error;
      throw error;
    }
  }
  return undefined;
}

/** Undefined when these lists do not know that version. */
async function downloadByApt(
  { name, version, architecture, file }: PinnedPackage,
  what: string,
  state: AptState,
  { host, store }: SourceMeans,
): Promise<StoredBlob | undefined> {
  const work = mkdtempSync(join(host.cacheDirectory, 'apt', 'download-'));
  try {
    const wanted = `${name}:${architecture}=${version}`.replace(':all=', '=');
    const result = await runApt('apt-get', ['download', '-q', wanted], state, host, work);
    if (result.exitCode !== 0 && /was not found|Unable to locate/.test(result.stderr)) return undefined;
    const found = readdirSync(work).find((entry) => entry.endsWith('.deb'));
    if (result.exitCode !== 0 || found === undefined) throw aptFailed(`apt-get download ${wanted}`, result);
    const { url, sha256, size } = file;
    return await store.put(createReadStream(join(work, found)), { sha256, size, what, url });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Made when it is missing. */
function listsFolder({ host }: SourceMeans): string {
  const directory = join(host.cacheDirectory, 'apt');
  makeCacheFolder(directory);
  return directory;
}

function withoutSecrets({ url: _, ...item }: Candidate): PinnedPackage {
  return item;
}

function notFound(name: string): RootlessBakeError {
  return new RootlessBakeError('RB_INPUT_NOT_FOUND', `apt knows no package ${name}`, {
    hint: 'check the name, or name a .deb file by its path',
  });
}
