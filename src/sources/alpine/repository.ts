import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../../errors.ts';
import { type ApkKeys, readIndexFile } from '../../formats/apk/index.ts';
import { pacer } from '../../host.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import { readContent } from '../../tree/content.ts';
import type { SourceMeans } from '../means.ts';
import { PackageTable } from './package-table.ts';
import type { UniverseRepository } from './universe.ts';

/** A line of /etc/apk/repositories. */
export interface RepositoryLine {
  /** URL or path, without the architecture. */
  readonly location: string;
  /** Packages of it are only for those who ask for this tag. */
  readonly tag?: string | undefined;
}

export interface RepositoryOptions {
  /** Such as `x86_64`: the folder of the repository. */
  readonly architecture: string;
  readonly keys: ApkKeys;
  readonly means: SourceMeans;
}

/** A repository whose index is loaded. */
export interface AlpineRepository extends UniverseRepository, RepositoryLine {
  /** Its index as it was signed. */
  readonly signed: Uint8Array;
}

/** Alpine's package index is the file of this name, in the folder of an architecture. */
export const INDEX_FILE = 'APKINDEX.tar.gz';
const INDEX_LIMIT = 64 << 20;

/** At most so many repositories, each of which is a bit of a number. */
const MAXIMUM = 30;

/** Kind of the store's records of indexes. */
const RECORD = 'apk-index';

/**
 * Reads lines as /etc/apk/repositories has them: `URL`, or `@tag URL`; a path serves as well. Comments, empty lines
 * and repetitions are left out.
 */
export function parseRepositories(lines: readonly string[]): RepositoryLine[] {
  const parsed = new Map<string, RepositoryLine>();
  for (const line of lines) {
    const [, tag, location] = /^\s*(?:@(\S+)\s+)?([^#\s].*?)\/*\s*$/.exec(line) ?? [];
    if (location !== undefined) parsed.set(`${tag ?? ''} ${location}`, { location, tag });
  }
  return [...parsed.values()];
}

/**
 * Loads repositories. Indexes from the network are kept in the store, for runs that are offline.
 *
 * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED when an index is not what one of the keys has signed
 * @throws RB_APK_FAILED for none, or too many; RB_INPUT_NOT_FOUND when a folder is no repository; what
 *   {@link Net.document} throws
 */
export async function loadRepositories(
  lines: readonly RepositoryLine[],
  options: RepositoryOptions,
): Promise<AlpineRepository[]> {
  if (lines.length === 0 || lines.length > MAXIMUM) {
    throw new RootlessBakeError(
      'RB_APK_FAILED',
      lines.length === 0 ? 'there is no apk repository to install from' : `more than ${MAXIMUM} repositories`,
      { hint: 'name repositories under cook.repositories in the recipe' },
    );
  }
  return Promise.all(
    lines.map(async ({ location, tag }) => {
      const place = placeIn(location, options.architecture, INDEX_FILE);
      const read = isHttpUrl(place) ? fetchIndex : readIndex;
      const { signed, text } = await read(place, options);
      // Each of the two takes tens of milliseconds for an index of Alpine.
      await pacer(0)(1);
      return { location, tag, signed, index: new PackageTable(text) };
    }),
  );
}

/**
 * URL or path of a file of a repository.
 *
 * @throws RB_ARCHIVE_DAMAGED when its name is none, but a path that leads elsewhere
 */
export function placeIn(location: string, architecture: string, file: string): string {
  if (/[/\\\0]/.test(file)) {
    const shown = isHttpUrl(location) ? redactUrl(location) : location;
    throw new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${shown} has a package ${JSON.stringify(file)}`, {
      hint: 'no honest repository has: do not use it',
    });
  }
  return isHttpUrl(location) ? `${location}/${architecture}/${file}` : join(location, architecture, file);
}

/** A file of a folder that is a repository. @throws RB_INPUT_NOT_FOUND */
export function readRepositoryFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} cannot be read: ${error.code}`, {
      hint: 'a repository is a URL, or a folder with ARCHITECTURE/APKINDEX.tar.gz and the packages in it',
      cause: error,
    });
  }
}

interface Index {
  readonly signed: Uint8Array;
  readonly text: Buffer;
}

async function readIndex(path: string, { keys }: RepositoryOptions): Promise<Index> {
  const signed = readRepositoryFile(path);
  return { signed, text: readIndexFile(signed, keys, path) };
}

async function fetchIndex(url: string, { keys, means }: RepositoryOptions): Promise<Index> {
  const { host, store } = means;
  const shown = redactUrl(url);
  const what = `the package index ${shown}`;
  if (host.offline) {
    const known = store.record<{ sha256: string; size: number }>(RECORD, shown);
    const blob = known && (await store.get(known.sha256, known.size));
    if (blob) {
      const text = `offline: the package index ${shown} is that of the last run with a network`;
      host.emit({ type: 'message', level: 'info', text });
      const signed = readContent(store.content(blob));
      return { signed, text: readIndexFile(signed, keys, shown) };
    }
  }
  const { bytes } = await (await means.net()).document({ url, limit: INDEX_LIMIT, what });
  const text = readIndexFile(bytes, keys, shown);
  const { sha256, size } = await store.put([bytes], { what, kind: RECORD, url: shown });
  store.setRecord(RECORD, shown, { sha256, size });
  return { signed: bytes, text };
}
