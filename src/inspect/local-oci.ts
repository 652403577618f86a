import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../errors.ts';
import { decompressStream } from '../formats/compression/index.ts';
import {
  applyLayer,
  DEFAULT_PLATFORM,
  LAYOUT_FILE,
  parseDockerArchive,
  parsePlatform,
} from '../formats/oci/index.ts';
import type { TarLimits } from '../formats/tar/index.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { checkDigest } from '../sources/digest.ts';
import { limited } from '../sources/limited.ts';
import { DOCKER_ARCHIVE_MANIFEST, findDockerImage } from '../sources/oci/docker-archive.ts';
import { findImage, type ImageLayer, type ImageParts } from '../sources/oci/image-parts.ts';
import { type ImageFiles, LayoutImage, readSmall } from '../sources/oci/local-image.ts';
import type { Content, ContentSink } from '../tree/content.ts';
import { metadata } from '../tree/entry.ts';
import { Tree } from '../tree/tree.ts';

/** Which of a layout's images is meant. */
export interface ImageChoice {
  readonly name?: string | undefined;
  /** `os/architecture[/variant]`; default linux/amd64. */
  readonly platform?: string | undefined;
}

/**
 * What a layout or an archive of images is; undefined when it is none: many a root has a `manifest.json`, but not one
 * that lists images.
 */
export function imageKind(files: ImageFiles): 'oci' | 'docker' | undefined {
  if (files.find(LAYOUT_FILE)) return 'oci';
  const manifest = files.find(DOCKER_ARCHIVE_MANIFEST);
  if (!manifest) return undefined;
  try {
    parseDockerArchive(readSmall(files, DOCKER_ARCHIVE_MANIFEST), DOCKER_ARCHIVE_MANIFEST);
    return 'docker';
  } catch (error) {
    if (error instanceof RootlessBakeError) return undefined;
    throw error;
  }
}

/**
 * Finds an image in a layout, or in an archive of `docker save`.
 *
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH
 */
export async function findLocalImage(
  files: ImageFiles,
  { name, platform: wanted }: ImageChoice,
): Promise<ImageParts> {
  const platform = wanted === undefined ? DEFAULT_PLATFORM : parsePlatform(wanted);
  if (imageKind(files) === 'docker') {
    return findDockerImage(files, { path: files.path, ...(name !== undefined && { name }) }, platform);
  }
  return await findImage(new LayoutImage(files, name, undefined, platform), platform);
}

/**
 * Lays the layers of an image over each other. They are decompressed into the sink; nothing is kept in the store.
 *
 * @throws RB_DIGEST_MISMATCH, RB_LIMIT_EXCEEDED, and what reading layers throws
 */
export async function layeredTree(
  image: ImageParts,
  sink: ContentSink,
  host: Pick<Host, 'signal'>,
  origin: string,
  limits: TarLimits,
): Promise<Tree> {
  const tree = new Tree(metadata({ mode: 0o755, origin }));
  let left = limits.bytes;
  for (const layer of image.layers) {
    throwIfAborted(host.signal);
    const content = await unpackLayer(layer, sink, host, left);
    left -= content.size;
    await applyLayer(tree, content, { origin, what: layer.what, limits, signal: host.signal });
  }
  return tree;
}

async function unpackLayer(
  { what, diffId, open }: ImageLayer,
  sink: ContentSink,
  { signal }: Pick<Host, 'signal'>,
  limit: number,
): Promise<Content> {
  const hash = createHash('sha256');
  const chunks = limited(decompressStream(await open(signal), what), limit, what);
  const content = await sink.put(
    (async function* () {
      for await (const chunk of chunks) {
        throwIfAborted(signal);
        hash.update(chunk);
        yield chunk;
      }
    })(),
  );
  checkDigest(what, hash.digest('hex'), diffId);
  return content;
}
