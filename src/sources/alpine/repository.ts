import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../../errors.ts';
import { type ApkKeys, type ApkPackage, readIndexFile, readPackageFile } from '../../formats/apk/index.ts';
import { isHttpUrl } from '../../net/url.ts';
import { PackageTable } from './package-table.ts';
import type { Package, UniverseRepository } from './universe.ts';

/** Fetches a whole document; `Net.document` is one. */
export type FetchDocument = (request: {
  readonly url: string;
  readonly limit: number;
  readonly what: string;
}) => Promise<{ readonly bytes: Uint8Array }>;

/** Where packages that were fetched are kept, by their verified identity. */
export interface PackageCache {
  get(item: Package): Uint8Array | undefined;
  put(item: Package, bytes: Uint8Array): void;
}

/** Something that was read from outside, for a lock. */
export interface AlpineInput {
  /** URL or path. */
  readonly location: string;
  readonly sha256: string;
  readonly size: number;
}

export interface RepositoryOptions {
  /** Such as `x86_64`: the folder of the repository. */
  readonly architecture: string;
  readonly keys: ApkKeys;
  readonly fetch: FetchDocument;
  readonly cache?: PackageCache | undefined;
  /** Called with what was read and verified. */
  readonly onInput?: ((input: AlpineInput) => void) | undefined;
}

/** Alpine's package index is the file of this name, in the folder of an architecture. */
const INDEX = 'APKINDEX.tar.gz';
const INDEX_LIMIT = 64 << 20;
const PACKAGE_LIMIT = 2 ** 31 - 1;

/** At most so many repositories, each of which is a bit of a number. */
const MAXIMUM = 30;

/** A repository whose index is loaded. */
export interface AlpineRepository extends UniverseRepository {
  /** URL or path, without the architecture. */
  readonly location: string;
}

/**
 * Loads the repositories of lines as /etc/apk/repositories has them: `URL`, or `@tag URL`; a path serves as well.
 * Comments, empty lines and repetitions are left out.
 *
 * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED when an index is not what one of the keys has signed
 * @throws RB_INPUT_NOT_FOUND when a folder is no repository, and what `fetch` throws
 */
export async function loadRepositories(
  lines: readonly string[],
  options: RepositoryOptions,
): Promise<AlpineRepository[]> {
  const parsed = new Map<string, { location: string; tag: string | undefined }>();
  for (const line of lines) {
    const [, tag, location] = /^\s*(?:@(\S+)\s+)?([^#\s].*?)\/*\s*$/.exec(line) ?? [];
    if (location !== undefined) parsed.set(`${tag ?? ''} ${location}`, { location, tag });
  }
  if (parsed.size === 0 || parsed.size > MAXIMUM) {
    throw new RootlessBakeError(
      'RB_APK_FAILED',
      parsed.size === 0 ? 'there is no apk repository to install from' : `more than ${MAXIMUM} repositories`,
      { hint: 'Name repositories under cook.repositories in the recipe.' },
    );
  }
  return Promise.all(
    [...parsed.values()].map(async ({ location, tag }) => {
      const place = placeOf(location, options.architecture, INDEX);
      const bytes = await read(place, INDEX_LIMIT, `the package index ${place}`, options);
      const text = readIndexFile(bytes, options.keys, place);
      report(place, bytes, options);
      return { location, tag, index: new PackageTable(text) };
    }),
  );
}

/**
 * Reads a package from the first repository that has it, folders first, and verifies it by its identity in the
 * index.
 *
 * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED when it is not the package of the index
 */
export async function fetchPackage(
  item: Package,
  repositories: readonly AlpineRepository[],
  options: RepositoryOptions,
): Promise<ApkPackage> {
  const having = repositories.filter((_, index) => (item.repositories & (1 << (index + 1))) !== 0);
  const from = having.find(({ location }) => !isHttpUrl(location)) ?? having[0];
  const title = `${item.name.text}-${item.version}`;
  if (!from) throw new RootlessBakeError('RB_APK_FAILED', `no repository has the package ${title} any more`);
  const place = placeOf(from.location, options.architecture, `${title}.apk`);
  const verify = (bytes: Uint8Array) => {
    const found = readPackageFile(bytes, { what: place, identity: item.identity });
    report(place, bytes, options);
    return found;
  };
  const isRemote = isHttpUrl(from.location);
  const kept = isRemote ? options.cache?.get(item) : undefined;
  if (kept) {
    try {
      return verify(kept);
    } catch (error) {
      // What is damaged in the cache is fetched again.
      if (!(error instanceof RootlessBakeError)) throw error;
    }
  }
  const bytes = await read(place, PACKAGE_LIMIT, `the package ${title}`, options);
  const found = verify(bytes);
  if (isRemote) options.cache?.put(item, bytes);
  return found;
}

function placeOf(location: string, architecture: string, file: string): string {
  return isHttpUrl(location) ? `${location}/${architecture}/${file}` : join(location, architecture, file);
}

async function read(
  place: string,
  limit: number,
  what: string,
  options: RepositoryOptions,
): Promise<Uint8Array> {
  if (isHttpUrl(place)) return (await options.fetch({ url: place, limit, what })).bytes;
  try {
    return readFileSync(place);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${place} cannot be read: ${error.code}`, {
      hint: 'A repository is a URL, or a folder with ARCHITECTURE/APKINDEX.tar.gz and the packages in it.',
      cause: error,
    });
  }
}

function report(location: string, bytes: Uint8Array, { onInput }: RepositoryOptions): void {
  onInput?.({ location, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length });
}
