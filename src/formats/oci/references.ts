import { type Descriptor, parseDescriptor } from './descriptor.ts';
import { invalid } from './errors.ts';
import { asArray, asObject, asString, parseJson } from './json.ts';

/** What a manifest or an index points to. */
export interface References {
  /** The document's own media type; empty when it does not say. */
  readonly mediaType: string;
  /** Config and layers. */
  readonly blobs: readonly Descriptor[];
  /** Manifests and indexes. */
  readonly manifests: readonly Descriptor[];
}

const MAXIMUM = 4096;

/**
 * What must be in a registry before a document is: of images, and of anything else that has their form, such as
 * attestations.
 *
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED
 */
export function parseReferences(bytes: Uint8Array, what: string): References {
  const fields = asObject(parseJson(bytes, what), what);
  const all = (value: unknown, name: string) =>
    asArray(value, `${what}: ${name}s`, MAXIMUM).map((item, index) =>
      parseDescriptor(item, `${what}: ${name} ${index + 1}`),
    );
  const manifests = all(fields['manifests'], 'manifest');
  const config = fields['config'] === undefined ? [] : [parseDescriptor(fields['config'], `${what}: config`)];
  const blobs = [...config, ...all(fields['layers'], 'layer')];
  if (manifests.length > 0 && blobs.length > 0) {
    throw invalid(what, 'it must have either manifests, or config and layers');
  }
  return { mediaType: asString(fields['mediaType'], `${what}: mediaType`), blobs, manifests };
}
