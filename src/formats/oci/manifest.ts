/** Manifests and indexes of OCI (image-spec, manifest.md and image-index.md) and of Docker (schema 2). */
import { type Descriptor, parseDescriptor } from './descriptor.ts';
import { invalid, unsupported } from './errors.ts';
import { asArray, asObject, asString, parseJson } from './json.ts';

/** Images for several platforms, or an image. */
export type Manifest = ImageIndex | ImageManifest;

export interface ImageIndex {
  readonly kind: 'index';
  readonly manifests: readonly Descriptor[];
}

export interface ImageManifest {
  readonly kind: 'image';
  readonly config: Descriptor;
  /** The lowest first. */
  readonly layers: readonly Descriptor[];
}

/** The largest manifest that registries take, in bytes: distribution-spec, pushing manifests. */
export const MANIFEST_LIMIT: number = 4 << 20;

/** More layers than this has no image: Docker makes at most 127. */
const MAXIMUM_LAYERS = 1024;
const MAXIMUM_MANIFESTS = 4096;

const IMAGES = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
const INDEXES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
const CONFIGS = [
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
];
const LAYER =
  /^application\/vnd\.(?:oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+gzip|\+zstd)?|docker\.image\.rootfs\.(?:foreign\.)?diff\.tar(?:\.gzip|\.zstd)?)$/;
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+/;

/** What to ask registries for. */
export const MANIFEST_ACCEPT: string = [...IMAGES, ...INDEXES].join(', ');

/** True for the media types of manifests and indexes. */
export function isManifestType(mediaType: string): boolean {
  return IMAGES.includes(mediaType) || INDEXES.includes(mediaType);
}

/**
 * Reads a manifest or an index, whose digest the caller has checked.
 *
 * @param told the media type by which a descriptor or a registry names it; the document must say no other
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED
 */
export function parseManifest(bytes: Uint8Array, what: string, told?: string): Manifest {
  const fields = asObject(parseJson(bytes, what), what);
  const own = asString(fields['mediaType'], `${what}: mediaType`) || undefined;
  if (own !== undefined && told !== undefined && own !== told) {
    throw invalid(what, `it is a ${own}, but was named as a ${told}`);
  }
  if (fields['schemaVersion'] === 1 || SCHEMA_1.test(own ?? told ?? '')) {
    throw unsupported(what, 'it is of schema 1, which has no digests of what layers hold', 'push it again');
  }
  if (fields['schemaVersion'] !== 2) throw invalid(what, 'its schemaVersion is not 2');
  const isIndex = 'manifests' in fields;
  // A document that can be read in two ways is read in none (CVE-2021-41190).
  if (isIndex === ('config' in fields || 'layers' in fields)) {
    throw invalid(what, 'it must have either manifests, or config and layers');
  }
  const type = own ?? told;
  if (type !== undefined && !(isIndex ? INDEXES : IMAGES).includes(type)) {
    if (isManifestType(type)) throw invalid(what, `it is no ${type}`);
    throw unsupported(what, `media type ${JSON.stringify(type)}`);
  }
  return isIndex
    ? { kind: 'index', manifests: descriptors(fields['manifests'], what, 'manifest', MAXIMUM_MANIFESTS) }
    : parseImage(fields['config'], fields['layers'], what);
}

function parseImage(config: unknown, layers: unknown, what: string): ImageManifest {
  const image: ImageManifest = {
    kind: 'image',
    config: parseDescriptor(config, `${what}: config`),
    layers: descriptors(layers, what, 'layer', MAXIMUM_LAYERS),
  };
  if (!CONFIGS.includes(image.config.mediaType)) {
    throw unsupported(what, `it is no container image, but holds ${JSON.stringify(image.config.mediaType)}`);
  }
  const odd = image.layers.find(({ mediaType }) => !LAYER.test(mediaType));
  if (odd) throw unsupported(what, `a layer is a ${JSON.stringify(odd.mediaType)}`);
  return image;
}

function descriptors(value: unknown, what: string, name: string, limit: number): readonly Descriptor[] {
  return asArray(value, `${what}: ${name}s`, limit).map((item, index) =>
    parseDescriptor(item, `${what}: ${name} ${index + 1}`),
  );
}
