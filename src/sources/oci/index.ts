import {
  DEFAULT_PLATFORM,
  type ImageConfig,
  LAYOUT_FILE,
  type Platform,
  parsePlatform,
  parseReference,
  pinnedReference,
} from '../../formats/oci/index.ts';
import type { TarLimits } from '../../formats/tar/index.ts';
import type { Host } from '../../host.ts';
import type { Net } from '../../net/net.ts';
import type { ContentSink } from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import { DOCKER_ARCHIVE_MANIFEST, findDockerImage } from './docker-archive.ts';
import { findImage, type ImageParts } from './image-parts.ts';
import { LayoutImage, openImageFiles } from './local-image.ts';
import { formatImageLocation, parseImageLocation } from './location.ts';
import { RegistryImage } from './registry.ts';
import { unpackImage } from './unpack.ts';

export interface OciSource {
  /**
   * A reference as Docker writes it (`docker.io/library/debian:12@sha256:…`), or the path of an OCI layout, an
   * OCI archive or an archive of `docker save`, with `:name` and `@sha256:…` where they are needed.
   */
  readonly oci: string;
  /** `os/architecture[/variant]`; default linux/amd64. */
  readonly platform?: string;
  /** The most bytes that its layers may have together, decompressed. Default {@link IMAGE_LIMITS}. */
  readonly limit?: number;
}

export interface LoadedImage {
  readonly tree: Tree;
  /** What pins the image, in hex: the digest of the index or manifest, or of the config. */
  readonly sha256: string;
  readonly config: ImageConfig;
}

export const IMAGE_LIMITS: TarLimits = { entries: 5_000_000, bytes: 64 * 2 ** 30 };

/** Where images are kept and fetched with. */
export interface OciMeans {
  readonly net: Net;
  readonly host: Host;
  /** For archives that are compressed. */
  readonly sink: ContentSink;
  /** Goes into every entry's origin. */
  readonly origin: string;
}

/**
 * Reads an image from a registry, a layout or an archive into a tree. What an image without a digest was found
 * to be is told by a message.
 *
 * @throws RB_ARGUMENT for a reference or platform that is none
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE; what {@link Net} throws
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH
 * @throws RB_LIMIT_EXCEEDED, RB_ARCHIVE_TOO_LARGE beyond the limits; what reading layers throws
 */
export async function readOciSource(source: OciSource, means: OciMeans): Promise<LoadedImage> {
  const { net, host, origin } = means;
  const platform = source.platform === undefined ? DEFAULT_PLATFORM : parsePlatform(source.platform);
  const limits = { ...IMAGE_LIMITS, ...(source.limit !== undefined && { bytes: source.limit }) };
  const image = await find(source.oci, platform, limits, means);
  const tree = await unpackImage(image, net.store, host, origin, limits);
  return { tree, sha256: image.sha256, config: image.config };
}

async function find(
  oci: string,
  platform: Platform,
  limits: TarLimits,
  { net, host, sink }: OciMeans,
): Promise<ImageParts> {
  const location = parseImageLocation(oci);
  if (!location) {
    const reference = parseReference(oci);
    const image = await findImage(new RegistryImage(reference, oci, net, host), platform);
    if (reference.sha256 === undefined) tell(oci, pinnedReference(oci, image.sha256), host);
    return image;
  }
  const files = await openImageFiles(location.path, sink, limits);
  const isDocker = !files.find(LAYOUT_FILE) && files.find(DOCKER_ARCHIVE_MANIFEST) !== undefined;
  const image = isDocker
    ? findDockerImage(files, location, platform)
    : await findImage(new LayoutImage(files, location.name, location.sha256, platform), platform);
  if (location.sha256 === undefined) {
    tell(oci, formatImageLocation({ ...location, sha256: image.sha256 }), host);
  }
  return image;
}

function tell(oci: string, pinned: string, host: Host): void {
  host.emit({ type: 'message', level: 'info', text: `image ${oci}, for the recipe: oci: ${pinned}` });
}
