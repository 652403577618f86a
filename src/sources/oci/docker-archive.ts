import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../../errors.ts';
import {
  type DockerArchiveImage,
  invalid,
  type Platform,
  parseDockerArchive,
  parseImageConfig,
} from '../../formats/oci/index.ts';
import { contentChunks } from '../../tree/content.ts';
import { checkDigest } from '../digest.ts';
import { checkPlatform, type ImageLayer, type ImageParts } from './image-parts.ts';
import { type ImageFiles, readSmall } from './local-image.ts';
import type { ImageLocation } from './location.ts';

/** The file that lists the images of an archive of `docker save`. */
export const DOCKER_ARCHIVE_MANIFEST = 'manifest.json';

/**
 * An image of an archive of `docker save`. Its id, the sha256 of its config, is what pins it; the config holds
 * the digests of its layers.
 *
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH
 */
export function findDockerImage(files: ImageFiles, location: ImageLocation, platform: Platform): ImageParts {
  const { path: what } = files;
  const name = `${what}: ${DOCKER_ARCHIVE_MANIFEST}`;
  const image = chooseImage(parseDockerArchive(readSmall(files, DOCKER_ARCHIVE_MANIFEST), name), location);
  const bytes = readSmall(files, image.config);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  // The name of the file is the digest, wherever it lies.
  const named = /([0-9a-f]{64})(?:\.json)?$/.exec(image.config)?.[1];
  if (named !== undefined) checkDigest(`the config of ${what}`, sha256, named);
  if (location.sha256 !== undefined) checkDigest(`the config of ${what}`, sha256, location.sha256);
  const config = parseImageConfig(bytes, `the config of ${what}`);
  checkPlatform(config, platform, what);
  if (image.layers.length !== config.diffIds.length) {
    throw invalid(what, `it has ${image.layers.length} layers, but ${config.diffIds.length} diff_ids`);
  }
  const layers = image.layers.map((path, index, { length }): ImageLayer => {
    const layer = `layer ${index + 1} of ${length} of ${what}`;
    return {
      what: layer,
      diffId: config.diffIds[index]!,
      async open() {
        const content = files.find(path);
        if (!content) throw invalid(layer, `the archive has no ${JSON.stringify(path)}`);
        return contentChunks(content);
      },
    };
  });
  return { what, sha256, config, layers, blobs: [] };
}

/** The image of a tag, or the only one. */
function chooseImage(
  images: readonly DockerArchiveImage[],
  { path, name }: ImageLocation,
): DockerArchiveImage {
  const named =
    name === undefined
      ? images
      : images.filter(({ repoTags }) => repoTags.some((tag) => tag === name || tag.endsWith(`:${name}`)));
  if (named.length === 1) return named[0]!;
  const tags = images.flatMap(({ repoTags }) => repoTags).slice(0, 20);
  const count = named.length === 0 ? 'no' : named.length;
  const wanted = name === undefined ? '' : ` of the tag ${JSON.stringify(name)}`;
  throw new RootlessBakeError('RB_OCI_UNSUPPORTED', `${path}: it has ${count} images${wanted}`, {
    hint:
      tags.length > 0
        ? `name one by its tag, as ${path}:tag; it has: ${tags.join(', ')}`
        : 'save an image again: docker save NAME:TAG',
  });
}
