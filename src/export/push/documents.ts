import { RootlessBakeError } from '../../errors.ts';
import {
  blobPath,
  type Descriptor,
  invalid,
  MANIFEST_LIMIT,
  parseReferences,
} from '../../formats/oci/index.ts';
import { checkDigest } from '../../sources/digest.ts';
import type { ImageFiles, LayoutImage } from '../../sources/oci/local-image.ts';
import type { PushBlob } from './blob.ts';

/** A manifest or an index, as it is sent. */
export interface PushDocument {
  readonly what: string;
  readonly bytes: Uint8Array;
  /** In hex. */
  readonly sha256: string;
  readonly mediaType: string;
}

/** All that an image consists of. */
export interface PushParts {
  /** What a document refers to stands before it; the image's own is the last. */
  readonly documents: readonly PushDocument[];
  readonly blobs: readonly PushBlob[];
}

/** Indexes may lead to indexes, but not for ever. */
const MAXIMUM_DEPTH = 4;

/** Layers that are to be fetched from elsewhere: image-spec, layer.md; they need not be in a layout. */
const ELSEWHERE = /\.(?:nondistributable|foreign)\./;

/**
 * Follows an image of a layout to everything that it consists of. Documents are checked; blobs are looked up,
 * and their sizes checked.
 *
 * @throws RB_OCI_INVALID, RB_OCI_UNSUPPORTED, RB_DIGEST_MISMATCH, RB_LIMIT_EXCEEDED
 */
export async function collectParts(image: LayoutImage, files: ImageFiles): Promise<PushParts> {
  const documents = new Map<string, PushDocument>();
  const blobs = new Map<string, PushBlob>();
  const visit = async (document: PushDocument, depth: number): Promise<void> => {
    if (documents.has(document.sha256)) return;
    if (depth > MAXIMUM_DEPTH) throw invalid(image.what, `its indexes are ${MAXIMUM_DEPTH} deep`);
    const references = parseReferences(document.bytes, document.what);
    for (const child of references.manifests) {
      const what = `the manifest ${child.sha256.slice(0, 12)} of ${image.what}`;
      const bytes = await image.document(child, MANIFEST_LIMIT, what);
      await visit({ what, bytes, sha256: child.sha256, mediaType: child.mediaType }, depth + 1);
    }
    for (const descriptor of references.blobs) {
      const blob = blobOf(descriptor, files);
      if (blob) blobs.set(blob.sha256, blob);
    }
    const mediaType = document.mediaType || references.mediaType;
    if (mediaType === '') throw invalid(document.what, 'nobody says its media type');
    documents.set(document.sha256, { ...document, mediaType });
  };
  const { bytes, sha256, mediaType = '' } = await image.root();
  await visit({ what: `the manifest of ${image.what}`, bytes, sha256, mediaType }, 0);
  return { documents: [...documents.values()], blobs: [...blobs.values()] };
}

function blobOf({ sha256, size, mediaType }: Descriptor, files: ImageFiles): PushBlob | undefined {
  const what = `the ${/config/.test(mediaType) ? 'config' : 'layer'} ${sha256.slice(0, 12)} of ${files.path}`;
  const content = files.find(blobPath(sha256));
  if (!content) {
    if (ELSEWHERE.test(mediaType)) return undefined;
    throw invalid(what, `there is no ${blobPath(sha256)}`);
  }
  if (content.size !== size) {
    throw new RootlessBakeError(
      'RB_DIGEST_MISMATCH',
      `${what} has ${content.size} bytes instead of ${size}`,
      {
        hint: 'it was changed or damaged: make or fetch it again',
      },
    );
  }
  return { what, sha256, content };
}

/**
 * Checks what a registry says that it has taken.
 *
 * @throws RB_DIGEST_MISMATCH
 */
export function checkTaken({ what, sha256 }: PushDocument, told: string | undefined): void {
  const taken = /^sha256:([0-9a-f]{64})$/.exec(told ?? '')?.[1];
  if (taken !== undefined) checkDigest(`${what}, as the registry has taken it,`, taken, sha256);
}
