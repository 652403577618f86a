import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { OpenedImage } from '../inspect/image.ts';
import { openImage } from '../inspect/open.ts';
import type { Tree } from '../tree/tree.ts';
import type { CommonOptions } from './command.ts';

/** Options of the commands that look into an image. */
export interface LookOptions extends CommonOptions {
  readonly partition?: string;
  readonly platform?: string;
}

/** Opens an image for as long as some work takes. */
export async function withImage<T>(
  path: string,
  { platform }: LookOptions,
  host: Host,
  work: (image: OpenedImage) => Promise<T> | T,
): Promise<T> {
  const image = await openImage(path, { ...(platform !== undefined && { platform }) }, host);
  try {
    return await work(image);
  } finally {
    image.close();
  }
}

/** The tree of an image, or of the partition that was asked for. */
export async function treeOf(image: OpenedImage, options: LookOptions): Promise<Tree> {
  return await image.tree(partitionOf(options));
}

/** The number of the partition that was asked for. */
export function partitionOf({ partition }: LookOptions): number | undefined {
  if (partition === undefined) return undefined;
  if (/^[1-9]\d{0,3}$/.test(partition)) return Number(partition);
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(partition)} is no number of a partition`, {
    hint: 'partitions count from 1: rootless-bake inspect lists them',
  });
}
