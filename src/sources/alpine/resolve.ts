import type { Dependency } from '../../formats/apk/index.ts';
import type { Pause } from '../../host.ts';
import { type Change, ChangeList } from './changes.ts';
import { explain } from './explain.ts';
import { Problem } from './problem.ts';
import { Solver } from './solver.ts';
import type { Package, Universe } from './universe.ts';

export interface Resolution {
  /** In the order in which they are made. */
  readonly changes: readonly Change[];
  /** All packages that are there in the end, in the order in which they were come upon. */
  readonly packages: readonly Package[];
}

/**
 * Finds what is to be installed, replaced and removed so that the root is as the world says, in the order in which
 * apk would do it.
 *
 * @param world what is wanted, in any order
 * @param pause called often
 * @throws RB_APK_FAILED when it cannot be had, with what is missing and who asks for it
 */
export async function resolve(
  universe: Universe,
  world: readonly Dependency[],
  pause: Pause,
): Promise<Resolution> {
  const inOrder = [...world].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const solver = new Solver(await Problem.of(universe, inOrder, pause));
  await solver.run(pause);
  await pause();
  const list = await ChangeList.of(solver.problem, pause);
  if (list.unmet.length > 0 || list.broken.length > 0 || solver.missing.length > 0) {
    throw explain(universe, solver, list);
  }
  const isChange = ({ old, new: chosen, tag }: Change) => old !== chosen || chosen?.installed?.tag !== tag;
  return {
    changes: list.changes.filter(isChange),
    packages: list.changes.flatMap((change) => (change.new ? [change.new] : [])),
  };
}
