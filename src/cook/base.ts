import * as nodeFs from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import { breather } from '../host.ts';
import { readDirectory } from '../sources/directory.ts';
import type { SourceMeans } from '../sources/means.ts';
import type { OciSource } from '../sources/oci/index.ts';
import type { TarSource } from '../sources/tar.ts';
import type { ContentSink } from '../tree/content.ts';
import { Tree } from '../tree/tree.ts';
import type { BaseOptions, ImageConfig } from './options.ts';

const ORIGIN = 'base';

/**
 * Loads the root file system to start from.
 *
 * @param onImage is told what an image says of itself
 * @throws RB_BASE_MISSING when there is nothing at its path
 * @throws what reading a tar, an image and {@link readDirectory} throw
 */
export async function loadBase(
  base: BaseOptions,
  sink: ContentSink,
  means: SourceMeans,
  onImage?: (config: ImageConfig) => void,
): Promise<Tree> {
  try {
    if ('tree' in base) return base.tree;
    if ('empty' in base) return new Tree();
    if ('alpine' in base) return (await import('./apk-native/alpine-root.ts')).newAlpineRoot(base);
    if ('tar' in base) return await loadTar(base, sink, means);
    if ('oci' in base) return await loadImage(base, sink, means, onImage);
    const pause = breather(means.host);
    const options = { owner: base.owner ?? '0:0', origin: ORIGIN, pause } as const;
    if ('dir' in base) return await readDirectory(nodeFs, base.dir, options);
    return await readDirectory(base.volume, base.path ?? '/', options);
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_INPUT_NOT_FOUND') throw error;
    throw new RootlessBakeError('RB_BASE_MISSING', `the base is missing: ${error.message}`, {
      hint: 'check the path under cook.base in the recipe',
      cause: error,
    });
  }
}

/** What a kind of base takes is loaded only for it: a folder's is quicker without archives and the network. */
async function loadTar(source: TarSource, sink: ContentSink, means: SourceMeans): Promise<Tree> {
  const { readTarSource } = await import('../sources/tar.ts');
  return (await readTarSource(source, sink, means, ORIGIN)).tree;
}

async function loadImage(
  source: OciSource,
  sink: ContentSink,
  means: SourceMeans,
  onImage?: (config: ImageConfig) => void,
): Promise<Tree> {
  const { readOciSource } = await import('../sources/oci/index.ts');
  const { tree, config } = await readOciSource(source, { means, sink, origin: ORIGIN });
  onImage?.(config);
  return tree;
}
