import { fileURLToPath } from 'node:url';
import { RootlessBakeError } from '../../errors.ts';
import { type Compression, decompressAs } from '../../formats/compression/index.ts';
import type { NarInfo, StorePath } from '../../formats/nix/index.ts';
import { isHttpUrl } from '../../net/url.ts';
import type { SourceMeans } from '../means.ts';
import { FolderCache } from './folder-cache.ts';
import { HttpCache } from './http-cache.ts';

/** NixOS's own binary cache. */
export const DEFAULT_CACHE = 'https://cache.nixos.org';

/** What must be known of an archive to read it. */
export type Archive = Pick<NarInfo, 'path' | 'url' | 'compression' | 'fileHash' | 'fileSize'>;

/** An archive as it lies in a cache. */
export interface ArchiveFile {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

/** Archives of store paths, and what is known of them. */
export interface BinaryCache {
  /** URL or path, without secrets. */
  readonly shown: string;
  /** The narinfo of a path as it lies there, not verified; undefined when the cache has none. */
  narInfo(path: StorePath): Promise<string | undefined>;
  /**
   * The bytes of a path's archive as they lie there.
   *
   * @throws RB_DIGEST_MISMATCH when they are not of the archive's fileHash and fileSize, at the latest at their end
   */
  archive(archive: Archive): AsyncIterable<Uint8Array>;
  /** URL or path of an archive, without secrets. */
  location(archive: Archive): string;
  /** What lies there: as it was read, else as the cache says, else it is read for that. */
  file(archive: Archive): Promise<ArchiveFile>;
  /** Takes back what was kept of an archive that turned out not to be what is signed. */
  forget(archive: Archive): void;
}

/** What narinfo calls the compressions that are read. */
const COMPRESSIONS: ReadonlyMap<string, Compression> = new Map([
  ['none', 'none'],
  ['gzip', 'gzip'],
  ['xz', 'xz'],
  ['zstd', 'zstd'],
]);

/**
 * A binary cache by its http(s) or `file` URL, or the path of its folder.
 *
 * @throws RB_ARGUMENT for other URLs
 */
export function openCache(location: string, means: SourceMeans): BinaryCache {
  if (isHttpUrl(location)) return new HttpCache(location, means);
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return new FolderCache(location);
  try {
    return new FolderCache(fileURLToPath(location));
  } catch (cause) {
    throw new RootlessBakeError('RB_ARGUMENT', `${location} is no binary cache that can be read`, {
      hint: 'name it by an http, https or file URL, or by the path of its folder',
      cause,
    });
  }
}

/**
 * A path's archive, decompressed.
 *
 * @throws RB_ARCHIVE_UNSUPPORTED for other compressions than xz, zstd, gzip and none; RB_ARCHIVE_DAMAGED
 */
export async function* narOf(
  cache: BinaryCache,
  archive: Archive,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const compression = COMPRESSIONS.get(archive.compression);
  if (compression === undefined) {
    throw new RootlessBakeError('RB_ARCHIVE_UNSUPPORTED', `${what} is compressed by ${archive.compression}`, {
      hint: 'use a binary cache that compresses by xz, zstd, gzip or not at all',
    });
  }
  yield* decompressAs(compression, cache.archive(archive), what);
}

/** What names an archive in errors. */
export function archiveName(cache: BinaryCache, { path }: Archive): string {
  return `the archive of ${path.base} in ${cache.shown}`;
}
