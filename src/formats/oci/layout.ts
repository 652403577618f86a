import type { Descriptor } from './descriptor.ts';
import { invalid, unsupported } from './errors.ts';
import { asObject, parseJson } from './json.ts';
import { type ImageIndex, parseManifest } from './manifest.ts';

/** The file that marks an OCI image layout: image-spec, image-layout.md. */
export const LAYOUT_FILE = 'oci-layout';
export const LAYOUT_INDEX = 'index.json';

/** The annotation that names an image of a layout: image-spec, annotations.md. */
export const REF_NAME = 'org.opencontainers.image.ref.name';

/** Where a layout keeps a blob. */
export function blobPath(sha256: string): string {
  return `blobs/sha256/${sha256}`;
}

/** @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED for another version than 1.x */
export function checkLayout(bytes: Uint8Array, what: string): void {
  const version = asObject(parseJson(bytes, what), what)['imageLayoutVersion'];
  if (typeof version !== 'string') throw invalid(what, 'it names no imageLayoutVersion');
  if (!/^1\./.test(version)) throw unsupported(what, `its version is ${JSON.stringify(version)}, not 1`);
}

/** @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED */
export function parseLayoutIndex(bytes: Uint8Array, what: string): ImageIndex {
  const index = parseManifest(bytes, what);
  if (index.kind === 'index') return index;
  throw invalid(what, 'it is no index');
}

/**
 * The images of a layout that a name may mean: those that have it, or all.
 *
 * @throws RB_OCI_UNSUPPORTED when none has it
 */
export function namedManifests(
  { manifests }: ImageIndex,
  name: string | undefined,
  what: string,
): readonly Descriptor[] {
  if (name === undefined) return manifests;
  const named = manifests.filter(({ annotations }) => annotations[REF_NAME] === name);
  if (named.length > 0) return named;
  const known = manifests.flatMap(({ annotations }) => annotations[REF_NAME] ?? []);
  throw unsupported(
    what,
    `it has no image ${JSON.stringify(name)}`,
    known.length > 0 ? `it has: ${known.slice(0, 20).join(', ')}` : 'its images have no names',
  );
}
