import {
  CONFIG_LIMIT,
  choosePlatform,
  type Descriptor,
  formatPlatform,
  type ImageConfig,
  type ImageManifest,
  invalid,
  isManifestType,
  isPlatform,
  MANIFEST_LIMIT,
  type Platform,
  parseImageConfig,
  parseManifest,
  unsupported,
} from '../../formats/oci/index.ts';
import type { ImageSource } from './image-source.ts';

/** An image whose manifest and config are known and checked, and whose layers can be read. */
export interface ImageParts {
  /** Names the image. */
  readonly what: string;
  /** What pins the image: of its index, its manifest, or the config of an archive of `docker save`. In hex. */
  readonly sha256: string;
  readonly config: ImageConfig;
  /** The lowest first. */
  readonly layers: readonly ImageLayer[];
  /** All that the image consists of as it is kept: manifests, config, layers. */
  readonly blobs: readonly ImageBlob[];
}

/** A part of an image as it is kept. */
export interface ImageBlob {
  /** A manifest or an index; else a config or a layer. */
  readonly isManifest: boolean;
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

export interface ImageLayer {
  readonly what: string;
  /** sha256 of its tar, not compressed, in hex. */
  readonly diffId: string;
  /** The layer as it is kept, compressed or not. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | Iterable<Uint8Array>>;
}

/** Indexes may lead to indexes, but not for ever. */
const MAXIMUM_DEPTH = 4;

/**
 * Follows an image from its root document to its config and layers.
 *
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH, and what the source throws
 */
export async function findImage(source: ImageSource, platform: Platform): Promise<ImageParts> {
  const { what } = source;
  const root = await source.root();
  let document = parseManifest(root.bytes, what, root.mediaType);
  const blobs: ImageBlob[] = [{ isManifest: true, sha256: root.sha256, size: root.bytes.length }];
  for (let depth = 0; document.kind === 'index'; depth += 1) {
    if (depth === MAXIMUM_DEPTH) throw invalid(what, `its indexes are ${MAXIMUM_DEPTH} deep`);
    const chosen = choosePlatform(document.manifests, platform, what);
    if (!isManifestType(chosen.mediaType)) {
      throw unsupported(what, `its index names a ${JSON.stringify(chosen.mediaType)}`);
    }
    blobs.push(blobOf(chosen, true));
    const bytes = await source.document(chosen, MANIFEST_LIMIT, `the manifest of ${what}`);
    document = parseManifest(bytes, what, chosen.mediaType);
  }
  const name = `the config of ${what}`;
  const config = parseImageConfig(await source.document(document.config, CONFIG_LIMIT, name), name);
  checkPlatform(config, platform, what);
  const layers = matchLayers(document, config, what).map(
    ([descriptor, diffId], index, { length }): ImageLayer => {
      const layer = `layer ${index + 1} of ${length} of ${what}`;
      return { what: layer, diffId, open: (signal) => source.layer(descriptor, layer, signal) };
    },
  );
  blobs.push(...[document.config, ...document.layers].map((item) => blobOf(item, false)));
  return { what, sha256: root.sha256, config, layers, blobs };
}

function blobOf({ sha256, size }: Descriptor, isManifest: boolean): ImageBlob {
  return { isManifest, sha256, size };
}

/** An image that does not say what it is for is taken. */
export function checkPlatform({ platform }: ImageConfig, wanted: Platform, what: string): void {
  if (platform.architecture === '' || isPlatform(platform, wanted)) return;
  throw unsupported(
    what,
    `it is for ${formatPlatform(platform)}, not ${formatPlatform(wanted)}`,
    `if that is what you want, write platform: ${formatPlatform(platform)} beside oci`,
  );
}

function matchLayers(
  { layers }: ImageManifest,
  { diffIds }: ImageConfig,
  what: string,
): [Descriptor, string][] {
  if (layers.length !== diffIds.length) {
    throw invalid(what, `it has ${layers.length} layers, but ${diffIds.length} diff_ids`);
  }
  return layers.map((layer, index) => [layer, diffIds[index]!]);
}
