import { decompressStream } from '../../formats/compression/index.ts';
import { applyLayer } from '../../formats/oci/index.ts';
import type { TarLimits } from '../../formats/tar/index.ts';
import type { Host } from '../../host.ts';
import { throwIfAborted } from '../../host.ts';
import { limitExceeded } from '../../store/blob-writer.ts';
import type { StoredBlob } from '../../store/store.ts';
import { metadata } from '../../tree/entry.ts';
import { Tree } from '../../tree/tree.ts';
import { abortable } from '../abortable.ts';
import type { Intake } from '../intake.ts';
import type { ImageLayer, ImageParts } from './image-parts.ts';

/**
 * Fetches the layers of an image, keeps each decompressed in the store by its diff_id, and lays one over the
 * other. Contents lie in the stored layers.
 *
 * @param origin goes into every entry's origin
 * @param limits of the whole image
 * @throws RB_DIGEST_MISMATCH when a layer is not that of its diff_id
 * @throws RB_LIMIT_EXCEEDED, RB_ARCHIVE_TOO_LARGE, and what reading layers throws
 */
export async function unpackImage(
  image: ImageParts,
  intake: Intake,
  host: Pick<Host, 'signal'>,
  origin: string,
  limits: TarLimits,
): Promise<Tree> {
  const { store } = intake;
  const blobs = await storeLayers(image, intake, host.signal, limits.bytes);
  const tree = new Tree(metadata({ mode: 0o755, origin }));
  for (const { what, diffId } of image.layers) {
    throwIfAborted(host.signal);
    await applyLayer(tree, store.content(blobs.get(diffId)!), { origin, what, limits });
  }
  return tree;
}

/** All layers at once; the first that fails ends the others. */
async function storeLayers(
  { layers, what }: ImageParts,
  intake: Intake,
  outer: AbortSignal,
  limit: number,
): Promise<ReadonlyMap<string, StoredBlob>> {
  const controller = new AbortController();
  const signal = AbortSignal.any([outer, controller.signal]);
  const blobs = new Map<string, StoredBlob>();
  let total = 0;
  const failures: unknown[] = [];
  const different = [...new Map(layers.map((layer) => [layer.diffId, layer])).values()];
  await Promise.all(
    different.map(async (layer) => {
      try {
        const blob = await storeLayer(layer, intake, signal, limit);
        total += blob.size;
        if (total > limit) throw limitExceeded(what, limit);
        blobs.set(layer.diffId, blob);
      } catch (error) {
        failures.push(error);
        controller.abort(error);
      }
    }),
  );
  throwIfAborted(outer);
  if (failures.length > 0) throw failures[0];
  return blobs;
}

async function storeLayer(
  { what, diffId, open }: ImageLayer,
  intake: Intake,
  signal: AbortSignal,
  limit: number,
): Promise<StoredBlob> {
  const { store } = intake;
  const stored = await store.get(diffId);
  if (stored) return stored;
  const chunks = abortable(decompressStream(await open(signal), what), signal);
  return await intake.take(diffId, () => store.put(chunks, { sha256: diffId, limit, what, kind: 'layer' }));
}
