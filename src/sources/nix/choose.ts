import { RootlessBakeError } from '../../errors.ts';
import { STORE, type StorePath } from '../../formats/nix/index.ts';
import { didYouMean } from '../../suggest.ts';
import type { NixSystem } from './machine.ts';
import type { StorePathList } from './store-path-list.ts';

/** Tells what system a store path is for; undefined for every one, or when it cannot be had. */
export type SystemOf = (path: StorePath) => Promise<NixSystem | undefined>;

/** Beyond this many builds of one name nobody looks into them. */
const MOST_BUILDS = 8;

/**
 * The store path that a name stands for. Where a channel has builds of it for several systems, as NixOS's have, it
 * is the only one for this system.
 *
 * @param channel names it in errors
 * @throws RB_INPUT_NOT_FOUND when the channel has none; RB_ARGUMENT when it has several, naming them
 * @throws what `systemOf` throws
 */
export async function choosePath(
  word: string,
  list: StorePathList,
  channel: string,
  system: NixSystem,
  systemOf: SystemOf,
): Promise<StorePath> {
  const found = list.find(word);
  if (found.length === 0) {
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${channel} has no ${word}`, {
      hint: didYouMean(word, list.names()) ?? 'look for its name at search.nixos.org, or name a store path',
    });
  }
  const names = [...new Set(found.map(({ name }) => name))].sort();
  if (names.length > 1) throw ambiguous(word, channel, names, `name one of them: ${names[0]}`);
  if (found.length === 1) return found[0]!;
  const builds = found.length > MOST_BUILDS ? [] : await Promise.all(found.map(systemOf));
  const fitting = found.filter((_, index) => builds[index] === system);
  if (fitting.length === 1) return fitting[0]!;
  const paths = found.map(
    ({ base }, index) => `${STORE}/${base}${builds[index] ? ` (${builds[index]})` : ''}`,
  );
  throw ambiguous(word, channel, paths, `name one of them in full: ${STORE}/${found[0]!.base}`);
}

function ambiguous(
  word: string,
  channel: string,
  candidates: readonly string[],
  hint: string,
): RootlessBakeError {
  const shown = candidates.slice(0, 20).map((candidate) => `\n  ${candidate}`);
  const more = candidates.length > 20 ? `\n  and ${candidates.length - 20} more` : '';
  return new RootlessBakeError(
    'RB_ARGUMENT',
    `${word} may be any of these in ${channel}:${shown.join('')}${more}`,
    {
      hint,
    },
  );
}
