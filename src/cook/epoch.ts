import { RootlessBakeError } from '../errors.ts';
import { breather, type Host, type Pause } from '../host.ts';
import { eachEntry } from '../tree/totals.ts';
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
export async function chooseEpoch(
  host: Pick<Host, 'env' | 'now' | 'signal'>,
  base: BaseOptions,
  baseTree: Tree,
  archives: readonly Tree[],
  newestBuild = 0,
): Promise<number> {
  const told = host.env['SOURCE_DATE_EPOCH'];
  if (told) {
    if (/^\d{1,11}$/.test(told) && Number(told) <= LATEST_EPOCH) return Number(told);
    throw new RootlessBakeError(
      'RB_ARGUMENT',
      `SOURCE_DATE_EPOCH=${told} is no number of seconds since 1970, at most ${LATEST_EPOCH}`,
    );
  }
  const pause = breather(host);
  const trees = 'tar' in base || 'oci' in base ? [baseTree, ...archives] : archives;
  const pinned = (await newest(trees, pause)) ?? 0;
  const fixed = Math.max(pinned, 'alpine' in base ? newestBuild : 0);
  return fixed || ((await newest([baseTree], pause)) ?? DEFAULT_EPOCH);
}

async function newest(trees: readonly Tree[], pause: Pause): Promise<number | undefined> {
  let time = 0n;
  for (const tree of trees) {
    if (tree.root.mtime > time) time = tree.root.mtime;
    await eachEntry(tree, pause, (entry) => {
      if (entry.mtime > time) time = entry.mtime;
    });
  }
  const seconds = Number(time / 1_000_000_000n);
  return seconds > 0 ? Math.min(seconds, LATEST_EPOCH) : undefined;
}
