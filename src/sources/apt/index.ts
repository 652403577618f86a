import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { makeCacheFolder } from '../../store/folder.ts';
import { hashFile } from '../../store/verify.ts';
import { checkDigest } from '../digest.ts';
import { type Candidate, findCandidate } from './candidate.ts';
import { knownLists, updateLists } from './lists.ts';
import { type AptState, aptFailed, runApt } from './run.ts';

export interface FetchedPackage {
  /** The real package: for a kernel metapackage, the one with the kernel. */
  readonly name: string;
  readonly version: string;
  /** Of the `.deb`, in the cache. */
  readonly path: string;
}

/**
 * Fetches a Debian package by name, as an ordinary user, through the machine's apt. The version is the one
 * that apt would install by the newest lists at hand; the network is used only when its `.deb` is not in the
 * cache, and lists are fetched only when those at hand do not know the package or are out of date. Several
 * runs may fetch at once.
 *
 * @throws RB_APT_MISSING when the machine has no apt
 * @throws RB_APT_FAILED when apt cannot get the lists or the package
 * @throws RB_INPUT_NOT_FOUND when there is no such package
 * @throws RB_OUTPUT_UNWRITABLE when the cache cannot be written
 * @throws RB_DIGEST_MISMATCH when the downloaded file is not the one in the lists
 */
export async function fetchDebianPackage(
  name: string,
  host: Pick<Host, 'env' | 'signal' | 'cacheDirectory' | 'emit'>,
): Promise<FetchedPackage> {
  const directory = join(host.cacheDirectory, 'apt');
  const packages = join(host.cacheDirectory, 'debs');
  for (const folder of [directory, packages]) makeCacheFolder(folder);
  const outdated = await fromKnownLists(name, directory, packages, host);
  if (outdated && 'path' in outdated) return outdated;
  host.emit({ type: 'message', level: 'info', text: `fetching package lists for ${name}` });
  const state = await updateLists(directory, host).catch((error: unknown) => {
    throw outdated ?? error;
  });
  const candidate = await findCandidate(name, state, host);
  if (!candidate) throw notFound(name);
  return await fetchCandidate(candidate, packages, state, host);
}

/** The package by the newest lists that know it; what apt says when these are too old to download it by. */
async function fromKnownLists(
  name: string,
  directory: string,
  packages: string,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<FetchedPackage | RootlessBakeError | undefined> {
  for (const state of knownLists(directory)) {
    const candidate = await findCandidate(name, state, host);
    if (!candidate) continue;
    try {
      return await fetchCandidate(candidate, packages, state, host);
    } catch (error) {
      if (error instanceof RootlessBakeError && error.code === 'RB_APT_FAILED') return error;
      throw error;
    }
  }
  return undefined;
}

async function fetchCandidate(
  candidate: Candidate,
  packages: string,
  state: AptState,
  host: Pick<Host, 'env' | 'signal'>,
): Promise<FetchedPackage> {
  const { name, version, architecture, sha256 } = candidate;
  const path = join(packages, `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`);
  if ((await hashFile(path))?.sha256 === sha256) return { name, version, path };
  const work = mkdtempSync(join(packages, '.download-'));
  try {
    const wanted = `${name}:${architecture}=${version}`.replace(':all=', '=');
    const result = await runApt('apt-get', ['download', '-q', wanted], state, host, work);
    const file = readdirSync(work).find((entry) => entry.endsWith('.deb'));
    if (result.exitCode !== 0 || file === undefined) throw aptFailed(`apt-get download ${wanted}`, result);
    const downloaded = join(work, file);
    checkDigest(`package ${name} ${version}`, (await hashFile(downloaded))?.sha256 ?? '', sha256);
    renameSync(downloaded, path);
    return { name, version, path };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function notFound(name: string): RootlessBakeError {
  return new RootlessBakeError('RB_INPUT_NOT_FOUND', `apt knows no package ${name}`, {
    hint: 'Check the name, or name a .deb file by its path.',
  });
}
