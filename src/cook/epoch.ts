import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Tree } from '../tree/tree.ts';
import type { BaseOptions } from './options.ts';

/** 1 January 1980, the first time that every archive and file system format can hold. */
export const DEFAULT_EPOCH = 315_532_800;

/** In 2106: the last time that the superblock of a file system can hold. */
const LATEST_EPOCH = 2 ** 32 - 1;

/**
 * The time of everything that cooking makes, in seconds since 1970: SOURCE_DATE_EPOCH
 * (reproducible-builds.org/specs/source-date-epoch), else the newest entry of the pinned archives (the base's
 * tar or image, and Debian packages), else of the base, else {@link DEFAULT_EPOCH}.
 *
 * @param newestBuild of the packages of a base of `alpine`, in seconds since 1970
 * @throws RB_ARGUMENT when SOURCE_DATE_EPOCH is no number of seconds, or beyond 2106
 */
export function chooseEpoch(
  host: Pick<Host, 'env'>,
  base: BaseOptions,
  baseTree: Tree,
  archives: readonly Tree[],
  newestBuild = 0,
): number {
  const told = host.env['SOURCE_DATE_EPOCH'];
  if (told) {
    if (/^\d{1,11}$/.test(told) && Number(told) <= LATEST_EPOCH) return Number(told);
    throw new RootlessBakeError(
      'RB_ARGUMENT',
      `SOURCE_DATE_EPOCH=${told} is no number of seconds since 1970, at most ${LATEST_EPOCH}`,
    );
  }
  const pinned = newest('tar' in base || 'oci' in base ? [baseTree, ...archives] : archives) ?? 0;
  return Math.max(pinned, 'alpine' in base ? newestBuild : 0) || (newest([baseTree]) ?? DEFAULT_EPOCH);
}

function newest(trees: readonly Tree[]): number | undefined {
  let time = 0n;
  for (const tree of trees) {
    for (const { entry } of tree.walk()) if (entry.mtime > time) time = entry.mtime;
  }
  const seconds = Number(time / 1_000_000_000n);
  return seconds > 0 ? Math.min(seconds, LATEST_EPOCH) : undefined;
}
