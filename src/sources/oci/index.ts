import {
  blobPath,
  DEFAULT_PLATFORM,
  formatPlatform,
  type ImageConfig,
  LAYOUT_FILE,
  type Platform,
  parsePlatform,
  parseReference,
  pinnedReference,
} from '../../formats/oci/index.ts';
import type { TarLimits } from '../../formats/tar/index.ts';
import type { ContentSink } from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import { Intake } from '../intake.ts';
import type { SourceMeans } from '../means.ts';
import { damagedPin, type PinnedFile, type PinRequest, type Pins } from '../pins.ts';
import { DOCKER_ARCHIVE_MANIFEST, findDockerImage } from './docker-archive.ts';
import { findImage, type ImageParts } from './image-parts.ts';
import { LayoutImage, openImageFiles } from './local-image.ts';
import { formatImageLocation, type ImageLocation, parseImageLocation } from './location.ts';
import { RegistryImage, registryUrl } from './registry.ts';
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

/** What images are read with. */
export interface OciMeans {
  readonly means: SourceMeans;
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
 * @throws RB_LIMIT_EXCEEDED, RB_ARCHIVE_TOO_LARGE beyond the limits; what reading layers throws. The store is left
 *   without what the image has brought when it is refused for what it says.
 */
export async function readOciSource(
  source: OciSource,
  { means, sink, origin }: OciMeans,
): Promise<LoadedImage> {
  const platform = source.platform === undefined ? DEFAULT_PLATFORM : parsePlatform(source.platform);
  const limits = { ...IMAGE_LIMITS, ...(source.limit !== undefined && { bytes: source.limit }) };
  const location = parseImageLocation(source.oci);
  const intake = new Intake(means.store);
  return await intake.whole(async () => {
    const image = location
      ? await pinned(await localImage(location, platform, limits, sink, means), platform, means)
      : await pinned(registryImage(source.oci, means, intake), platform, means);
    const tree = await unpackImage(image, intake, means.host, origin, limits);
    return { tree, sha256: image.sha256, config: image.config };
  });
}

/** An image that can be looked up, by what the recipe says of it or by its digest. */
interface Findable {
  /** As the message has it. */
  readonly shown: string;
  /** As the lock has it: host paths from the recipe's folder on. */
  readonly name: string;
  /** What the recipe pins it to, in hex. */
  readonly sha256: string | undefined;
  /** Whether nothing that changes elsewhere can change what is meant. */
  readonly isFixed: boolean;
  /** @param sha256 what the lock pins it to, in hex */
  find(platform: Platform, sha256: string | undefined): Promise<ImageParts>;
  filesOf(image: ImageParts): PinnedFile[];
  /** How a recipe pins it. */
  pin(sha256: string): string;
}

/**
 * What a lock is asked for an image.
 *
 * @throws RB_ARGUMENT for a reference or platform that is none
 */
export function ociRequest({ oci, platform }: OciSource, pins: Pins): PinRequest {
  const location = parseImageLocation(oci);
  const wanted = platform === undefined ? DEFAULT_PLATFORM : parsePlatform(platform);
  if (!location) return requestFor(oci, wanted, parseReference(oci).sha256 !== undefined);
  return requestFor(formatImageLocation({ ...location, path: pins.place(location.path) }), wanted, true);
}

function requestFor(name: string, platform: Platform, isFixed: boolean): PinRequest {
  return { kind: 'oci', name, key: { oci: name, platform: formatPlatform(platform) }, isFixed };
}

/** Looks an image up, unless the lock knows it. */
async function pinned(image: Findable, platform: Platform, { pins, host }: SourceMeans): Promise<ImageParts> {
  const { name, isFixed } = image;
  const request = requestFor(name, platform, isFixed);
  let found: ImageParts | undefined;
  const { value } = await pins.resolve<{ sha256: string }>(request, async () => {
    found = await image.find(platform, undefined);
    const { sha256 } = found;
    if (image.sha256 === undefined) {
      const text = `image ${image.shown}, for the recipe: oci: ${image.pin(sha256)}`;
      host.emit({ type: 'message', level: 'info', text });
    }
    return { value: { sha256 }, files: image.filesOf(found) };
  });
  if (found) return found;
  if (typeof value?.sha256 !== 'string') throw damagedPin(request);
  return await image.find(platform, value.sha256);
}

function registryImage(oci: string, means: SourceMeans, intake: Intake): Findable {
  const reference = parseReference(oci);
  const source = async (sha256: string | undefined) =>
    new RegistryImage(
      sha256 === undefined ? reference : { ...reference, sha256 },
      oci,
      await means.net(),
      means.host,
      intake,
    );
  return {
    shown: oci,
    name: oci,
    sha256: reference.sha256,
    isFixed: reference.sha256 !== undefined,
    find: async (platform, sha256) => findImage(await source(sha256), platform),
    filesOf: ({ blobs }) =>
      blobs.map((blob) => ({ url: registryUrl(reference, blob), sha256: blob.sha256, size: blob.size })),
    pin: (sha256) => pinnedReference(oci, sha256),
  };
}

async function localImage(
  location: ImageLocation,
  platform: Platform,
  limits: TarLimits,
  sink: ContentSink,
  { pins }: SourceMeans,
): Promise<Findable> {
  const files = await openImageFiles(location.path, sink, limits);
  const isDocker = !files.find(LAYOUT_FILE) && files.find(DOCKER_ARCHIVE_MANIFEST) !== undefined;
  const at = (sha256: string | undefined) => (sha256 === undefined ? location : { ...location, sha256 });
  const place = { ...location, path: pins.place(location.path) };
  return {
    shown: formatImageLocation(location),
    name: formatImageLocation(place),
    sha256: location.sha256,
    isFixed: true,
    find: async (_, sha256) =>
      isDocker
        ? findDockerImage(files, at(sha256), platform)
        : findImage(new LayoutImage(files, location.name, at(sha256).sha256, platform), platform),
    filesOf: ({ blobs }) =>
      blobs.map(({ sha256, size }) => ({ url: `${place.path}#${blobPath(sha256)}`, sha256, size })),
    pin: (sha256) => formatImageLocation({ ...location, sha256 }),
  };
}
