import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { OpenedImage } from '../inspect/image.ts';
import { openImage } from '../inspect/open.ts';
import type { Tree } from '../tree/tree.ts';
import type { CommonOptions } from './command.ts';
import { refuseUseless } from './useless.ts';

/** Options of the commands that look into an image. */
export interface LookOptions extends CommonOptions {
  readonly partition?: string;
  readonly platform?: string;
}

/** Opens an image, of which `--platform` may choose a part. */
export async function openToLook(path: string, { platform }: LookOptions, host: Host): Promise<OpenedImage> {
  return await openImage(path, { ...(platform !== undefined && { platform }) }, host);
}

/** Opens an image for as long as some work takes. @throws RB_ARGUMENT for a platform of what has none */
export async function withImage<T>(
  path: string,
  options: LookOptions,
  host: Host,
  work: (image: OpenedImage) => Promise<T> | T,
): Promise<T> {
  const image = await openToLook(path, options, host);
  try {
    checkPlatform(options, image);
    return await work(image);
  } finally {
    image.close();
  }
}

/** @throws RB_ARGUMENT where a platform was asked for and none of the images has any */
export function checkPlatform(options: LookOptions, ...images: OpenedImage[]): void {
  if (images.some(({ kind }) => kind === 'oci' || kind === 'docker')) return;
  const paths = images.map(({ path }) => path).join(' nor ');
  const why = images.length > 1 ? `neither ${paths} is an image of OCI` : `${paths} is no image of OCI`;
  refuseUseless(options, ['--platform'], why, 'leave it out');
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
