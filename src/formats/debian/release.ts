import { RootlessBakeError } from '../../errors.ts';
import { parseStanza } from '../deb/control.ts';

/** A file that a Release file lists. */
export interface ReleaseEntry {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** What a `Release` file says of its repository (wiki.debian.org/DebianRepository/Format). */
export interface Release {
  readonly suite: string | undefined;
  readonly codename: string | undefined;
  /** When it was made, in milliseconds since 1970. */
  readonly date: number;
  /** When it must not be believed any more, in milliseconds since 1970. */
  readonly validUntil: number | undefined;
  readonly architectures: readonly string[];
  readonly components: readonly string[];
  /** Whether files can be had by their digest, in `by-hash/SHA256`. */
  readonly byHash: boolean;
  /** Whether the indexes of each architecture hold the packages of `all` as well. */
  readonly hasAllInEach: boolean;
  /** By their path, from the folder of the Release file on. */
  readonly files: ReadonlyMap<string, ReleaseEntry>;
}

/**
 * Parses a Release file, or what is signed in an InRelease file.
 *
 * @param what names it in errors
 * @throws RB_RELEASE_INVALID when its date is none, or it lists nothing by SHA-256
 */
export function parseRelease(text: string, what: string): Release {
  const fields = parseStanza(text);
  const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
  const validUntil = fields.get('Valid-Until');
  const files = parseFiles(fields.get('SHA256') ?? '');
  if (files.size === 0) throw invalid(`${what} lists no files by SHA256`);
  return {
    suite: fields.get('Suite'),
    codename: fields.get('Codename'),
    date: parseDate(fields.get('Date') ?? '', what),
    validUntil: validUntil === undefined ? undefined : parseDate(validUntil, what),
    architectures: words('Architectures'),
    components: words('Components'),
    byHash: fields.get('Acquire-By-Hash') === 'yes',
    hasAllInEach:
      !words('Architectures').includes('all') ||
      words('No-Support-for-Architecture-all').includes('Packages'),
    files,
  };
}

function parseFiles(field: string): Map<string, ReleaseEntry> {
  const files = new Map<string, ReleaseEntry>();
  for (const line of field.split('\n')) {
    const [, sha256, size, path] = /^\s*([0-9a-f]{64})\s+(\d{1,15})\s+(\S+)\s*$/.exec(line) ?? [];
    if (path !== undefined) files.set(path, { sha256: sha256!, size: Number(size) });
  }
  return files;
}

/** `Sat, 11 Jul 2026 10:16:37 UTC`, always in UTC. */
function parseDate(text: string, what: string): number {
  const isDate =
    /^[A-Z][a-z]{2}, +\d{1,2} [A-Z][a-z]{2} \d{4} +\d{1,2}:\d{2}:\d{2} +(UTC|GMT|Z|\+0000)$/.test(text);
  const time = isDate ? Date.parse(text.replace(/(Z|\+0000)$/, 'UTC')) : Number.NaN;
  if (Number.isNaN(time)) throw invalid(`${what} has the date ${JSON.stringify(text)}`);
  return time;
}

function invalid(message: string): RootlessBakeError {
  return new RootlessBakeError('RB_RELEASE_INVALID', message, {
    hint: 'check the mirror: it is no repository of Debian packages, or one of a kind that is not read',
  });
}
