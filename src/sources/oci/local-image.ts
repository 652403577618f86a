import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import { decompressStream, detectCompression } from '../../formats/compression/index.ts';
import {
  blobPath,
  checkLayout,
  choosePlatform,
  type Descriptor,
  invalid,
  LAYOUT_FILE,
  LAYOUT_INDEX,
  namedManifests,
  type Platform,
  parseLayoutIndex,
} from '../../formats/oci/index.ts';
import { readTarInPlace, type TarLimits } from '../../formats/tar/index.ts';
import { limitExceeded } from '../../store/blob-writer.ts';
import { type Content, type ContentSink, contentChunks, readContent, readHead } from '../../tree/content.ts';
import type { ReadableVolume } from '../../tree/volume.ts';
import { checkDigest } from '../digest.ts';
import { inputErrors, readHostFile } from '../file.ts';
import { limited } from '../limited.ts';
import type { ImageSource, RootDocument } from './image-source.ts';

/** Files of a layout or an archive, by their paths. */
export interface ImageFiles {
  /** Names them in errors. */
  readonly path: string;
  /** Undefined when there is no such file. */
  find(path: string): Content | undefined;
}

/** Index.json and oci-layout are documents of people's tools: in bytes. */
const DOCUMENT_LIMIT = 16 << 20;

/** As many bytes as tell how a file is compressed. */
const HEAD = 8;

/** The files of a folder. What their names would have outside of it is not there. */
export function folderFiles(path: string, volume: ReadableVolume = nodeFs): ImageFiles {
  return {
    path,
    find(name) {
      if (name.split('/').includes('..')) return undefined;
      try {
        return readHostFile(volume, join(path, name));
      } catch (error) {
        if (error instanceof RootlessBakeError && error.code === 'RB_INPUT_NOT_FOUND') return undefined;
        throw error;
      }
    },
  };
}

/**
 * Opens a layout's folder, or an archive of an image: a tar, which may be compressed and goes to the sink then.
 *
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE, and what reading a tar throws
 */
export async function openImageFiles(
  path: string,
  sink: ContentSink,
  limits: TarLimits,
): Promise<ImageFiles> {
  const isFolder = inputErrors(path, () => nodeFs.statSync(path)).isDirectory();
  if (isFolder) return folderFiles(path);
  const file = readHostFile(nodeFs, path);
  const head = inputErrors(path, () => readHead(file, HEAD));
  const archive =
    detectCompression(head, path) === 'none'
      ? file
      : await sink.put(limited(decompressStream(contentChunks(file), path), limits.bytes, path));
  const tree = await readTarInPlace(archive, { origin: path, limits });
  return {
    path,
    find(name) {
      // Older archives of docker save have links among their layers.
      const entry = tree.resolve(name)?.entry;
      return entry?.type === 'file' ? entry.content : undefined;
    },
  };
}

/** An image in an OCI layout, be it a folder or a tar. */
export class LayoutImage implements ImageSource {
  readonly what: string;
  readonly #files: ImageFiles;
  readonly #name: string | undefined;
  readonly #sha256: string | undefined;
  readonly #platform: Platform;

  /**
   * @param name of the image in the layout; needed when it has several for the platform
   * @param sha256 of the image's manifest or index, in hex
   */
  constructor(files: ImageFiles, name: string | undefined, sha256: string | undefined, platform: Platform) {
    this.what = files.path;
    this.#files = files;
    this.#name = name;
    this.#sha256 = sha256;
    this.#platform = platform;
  }

  /** @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH */
  async root(): Promise<RootDocument> {
    const { path } = this.#files;
    checkLayout(readSmall(this.#files, LAYOUT_FILE), `${path}: ${LAYOUT_FILE}`);
    const index = parseLayoutIndex(readSmall(this.#files, LAYOUT_INDEX), `${path}: ${LAYOUT_INDEX}`);
    const named = namedManifests(index, this.#name, path);
    const chosen = this.#choose(named);
    const { mediaType, sha256 } = chosen;
    const bytes = await this.document(chosen, DOCUMENT_LIMIT, `${path}: manifest`);
    return { bytes, sha256, mediaType: mediaType || undefined };
  }

  #choose(named: readonly Descriptor[]): Descriptor {
    const { path } = this.#files;
    const pinned = this.#sha256;
    if (pinned !== undefined) {
      const found = named.find(({ sha256 }) => sha256 === pinned);
      if (found) return found;
      checkDigest(`the image of ${path}`, named[0]?.sha256 ?? 'none', pinned);
    }
    const different = new Map(named.map((item) => [item.sha256, item]));
    if (different.size === 1) return named[0]!;
    if (named.length > 0 && named.every(({ platform }) => platform)) {
      return choosePlatform(named, this.#platform, path);
    }
    const why = named.length === 0 ? 'it has no image' : `it has ${different.size} images`;
    throw new RootlessBakeError('RB_OCI_UNSUPPORTED', `${path}: ${why}`, {
      hint: 'name one of them: oci: ./layout:name, or by its digest: oci: ./layout@sha256:…',
    });
  }

  async document({ sha256, size }: Descriptor, limit: number, what: string): Promise<Uint8Array> {
    const content = this.#blob(sha256, what);
    checkSize(what, content.size, size);
    if (size > limit) throw limitExceeded(what, limit);
    const bytes = readContent(content);
    checkDigest(what, createHash('sha256').update(bytes).digest('hex'), sha256);
    return bytes;
  }

  async layer({ sha256, size }: Descriptor, what: string): Promise<Iterable<Uint8Array>> {
    const content = this.#blob(sha256, what);
    checkSize(what, content.size, size);
    return verified(contentChunks(content), sha256, what);
  }

  #blob(sha256: string, what: string): Content {
    const content = this.#files.find(blobPath(sha256));
    if (content) return content;
    throw invalid(what, `${this.#files.path} has no ${blobPath(sha256)}`);
  }
}

/** @throws RB_OCI_INVALID, RB_LIMIT_EXCEEDED */
export function readSmall(files: ImageFiles, name: string): Uint8Array {
  const content = files.find(name);
  if (!content) throw invalid(files.path, `it has no ${name}, so it is no image`);
  if (content.size > DOCUMENT_LIMIT) throw limitExceeded(`${files.path}: ${name}`, DOCUMENT_LIMIT);
  return readContent(content);
}

function checkSize(what: string, actual: number, wanted: number): void {
  if (actual === wanted) return;
  throw new RootlessBakeError('RB_DIGEST_MISMATCH', `${what} has ${actual} bytes instead of ${wanted}`, {
    hint: 'it was changed or damaged: make or fetch it again',
  });
}

function* verified(chunks: Iterable<Uint8Array>, sha256: string, what: string): Generator<Uint8Array> {
  const hash = createHash('sha256');
  for (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
  checkDigest(what, hash.digest('hex'), sha256);
}
