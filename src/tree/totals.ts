import type { Pause } from '../host.ts';
import type { Entry } from './entry.ts';
import { entriesOf, type Tree } from './tree.ts';

/** Entries between two places where a look at a whole tree may pause. */
const PART = 500;

/** How much a tree holds. */
export interface TreeTotals {
  /** The root's included. */
  readonly names: number;
  /** Of all files, by their names: a file with two names counts twice. */
  readonly bytes: number;
}

/** @param pause called now and then */
export async function treeTotals(tree: Tree, pause: Pause): Promise<TreeTotals> {
  let names = 1;
  let bytes = 0;
  await eachEntry(tree, pause, (entry) => {
    names += 1;
    if (entry.type === 'file') bytes += entry.content.size;
  });
  return { names, bytes };
}

/**
 * Looks at what every name but the root's leads to, in no order that means anything.
 *
 * @param pause called now and then
 */
export async function eachEntry(tree: Tree, pause: Pause, look: (entry: Entry) => void): Promise<void> {
  let count = 0;
  for (const entry of entriesOf(tree.root)) {
    look(entry);
    count += 1;
    const paused = count % PART === 0 ? pause() : undefined;
    if (paused) await paused;
  }
  const paused = pause();
  if (paused) await paused;
}
