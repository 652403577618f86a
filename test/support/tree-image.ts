import { memfs } from 'memfs';
import type { OpenedImage } from '../../src/inspect/image.ts';
import { openImage } from '../../src/inspect/open.ts';
import type { Tree } from '../../src/tree/tree.ts';
import type { ReadableVolume } from '../../src/tree/volume.ts';
import { testHost } from './host.ts';

/** A tree in the place of an image that is a folder. */
export function treeImage(tree: Tree, path = '/images/some image'): OpenedImage {
  return {
    path,
    kind: 'folder',
    size: 0,
    compression: 'none',
    fileSystems: [],
    tree: async () => tree,
    close() {},
  };
}

/** An image of these bytes, in memory. */
export async function bytesImage(bytes: Uint8Array): Promise<OpenedImage> {
  const { fs } = memfs({ '/image': Buffer.from(bytes) });
  return await openImage('/image', { volume: fs as unknown as ReadableVolume }, testHost().host);
}
