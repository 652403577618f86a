import { createReadStream } from 'node:fs';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { decompressStream } from '../formats/compression/index.ts';
import { DEFAULT_TAR_LIMITS, readTar } from '../formats/tar/index.ts';
import { isHttpUrl, redactUrl } from '../net/url.ts';
import { type ContentSink, contentChunks } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { isContentFault } from './content-fault.ts';
import { checkDigest, hashed } from './digest.ts';
import { inputError } from './file.ts';
import { limited } from './limited.ts';
import type { SourceMeans } from './means.ts';
import { damagedPin, type PinRequest, type Pins } from './pins.ts';

export interface TarSource {
  /** A path, or an http(s) URL. */
  readonly tar: string;
  /** sha256 of the file as it is, compressed or not, in hex. A URL must have it. */
  readonly sha256?: string;
  /** The most bytes that it may have, decompressed, holes of files included. Default {@link TAR_LIMIT}. */
  readonly limit?: number;
}

/** A root file system beyond this is none of ours. */
export const TAR_LIMIT: number = 64 * 2 ** 30;

export interface LoadedTar {
  readonly tree: Tree;
  /** sha256 of the file, in hex. */
  readonly sha256: string;
  /** Of the file, in bytes. */
  readonly size: number;
}

/** What becomes of a file's bytes. */
type Unpack = (chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, what: string) => Promise<Tree>;

/**
 * Reads a tar (gzip, xz, zstd or not compressed) from a path or a URL. What a URL gives is kept in the store.
 * The digest of a file is computed while the archive streams through, and wins over any other complaint: a
 * wrong file is seldom a good archive.
 *
 * @param origin goes into every entry's origin
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE for the path; for the URL, what {@link Net.download} throws
 * @throws RB_DIGEST_MISMATCH when the sha256 is another
 * @throws RB_ARGUMENT for a URL without sha256
 * @throws RB_LIMIT_EXCEEDED beyond the limit; what {@link readTar} and {@link decompressStream} throw
 */
export async function readTarSource(
  source: TarSource,
  sink: ContentSink,
  means: SourceMeans,
  origin: string,
): Promise<LoadedTar> {
  const { tar, limit = TAR_LIMIT } = source;
  const isRemote = isHttpUrl(tar);
  const request = tarRequest(source, means.pins);
  const place = request.name;
  const unpack: Unpack = (chunks, what) =>
    readTar(limited(decompressStream(chunks, what), limit, what), sink, {
      origin,
      what,
      limits: { ...DEFAULT_TAR_LIMITS, bytes: limit },
    });
  const read = (sha256: string | undefined) =>
    isRemote ? readTarUrl(tar, sha256, means, unpack) : readTarFile(tar, sha256, unpack);
  let loaded: LoadedTar | undefined;
  const { value } = await means.pins.resolve<{ sha256: string }>(request, async () => {
    loaded = await read(source.sha256);
    const { sha256, size } = loaded;
    return { value: { sha256 }, files: [{ url: place, sha256, size }] };
  });
  if (loaded) return loaded;
  if (typeof value?.sha256 !== 'string') throw damagedPin(request);
  return await read(value.sha256);
}

/** What a lock is asked for a tar. */
export function tarRequest({ tar, sha256 }: TarSource, pins: Pins): PinRequest {
  const place = isHttpUrl(tar) ? redactUrl(tar) : pins.place(tar);
  return { kind: 'tar', name: place, key: { tar: place, sha256: sha256?.toLowerCase() }, isFixed: true };
}

async function readTarUrl(
  url: string,
  sha256: string | undefined,
  means: SourceMeans,
  unpack: Unpack,
): Promise<LoadedTar> {
  const shown = redactUrl(url);
  const blob = await (await means.net()).download({ url, sha256, what: shown });
  if (sha256 === undefined) throw missingDigest(shown, blob.sha256);
  const tree = await unpack(contentChunks(means.store.content(blob)), shown);
  return { tree, sha256: blob.sha256, size: blob.size };
}

async function readTarFile(path: string, wanted: string | undefined, unpack: Unpack): Promise<LoadedTar> {
  const input = hashed(fileChunks(path));
  try {
    const tree = await unpack(input.chunks, path);
    const sha256 = await input.digest();
    if (wanted !== undefined) checkDigest(path, sha256, wanted);
    return { tree, sha256, size: input.size };
  } catch (error) {
    if (wanted !== undefined && isContentFault(error)) checkDigest(path, await input.digest(), wanted, error);
    throw error;
  } finally {
    await input.close();
  }
}

/** The bytes of a host file, as a stream. */
async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* createReadStream(path, { highWaterMark: 256 * 1024 });
  } catch (error) {
    if (isSystemError(error, 'EISDIR')) throw isFolder(path, error);
    throw inputError(path, error);
  }
}

function isFolder(path: string, cause: Error): RootlessBakeError {
  return new RootlessBakeError('RB_INPUT_UNREADABLE', `${path} is a folder, not a tar`, {
    hint: 'a folder is named by dir: in the place of tar:',
    cause,
  });
}

function missingDigest(shown: string, sha256: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARGUMENT', `${shown} needs its sha256 in the recipe`, {
    hint: `it is now sha256: ${sha256}`,
  });
}
