import { RootlessBakeError } from '../../errors.ts';
import { type Dependency, formatDependency, isMet } from '../../formats/apk/index.ts';
import { nearest } from '../../suggest.ts';
import type { ChangeList } from './changes.ts';
import type { Solver } from './solver.ts';
import type { PackageState } from './solver-state.ts';
import type { Package, Universe } from './universe.ts';

/** The error for wishes that cannot be met: one line for each thing that is missing or in the way. */
export function explain(universe: Universe, solver: Solver, list: ChangeList): RootlessBakeError {
  const lines = new Set<string>();
  const unknown = new Set<string>();
  for (const { dependency, by } of list.unmet) {
    lines.add(unmetLine(universe, solver, dependency, by));
    if (!dependency.isConflict && universe.name(dependency.name).providers.length === 0)
      unknown.add(dependency.name);
  }
  for (const item of list.broken) {
    const line = brokenLine(solver, item);
    if (line) lines.add(line);
  }
  if (lines.size === 0)
    for (const { name } of solver.missing)
      lines.add(`${name.text}: nothing that provides it can be installed`);
  return new RootlessBakeError(
    'RB_APK_FAILED',
    `the packages cannot be installed together:\n${[...lines].map((line) => `  ${line}`).join('\n')}`,
    { hint: hint(universe, unknown) },
  );
}

function unmetLine(
  universe: Universe,
  solver: Solver,
  dependency: Dependency,
  by: Package | undefined,
): string {
  const wanted = formatDependency(dependency);
  const { providers } = universe.name(dependency.name);
  const asker = by ? `${titleOf(by)} needs it` : 'the recipe asks for it';
  if (dependency.isConflict) {
    const chosen = solver.problem.name(universe.name(dependency.name)).chosen;
    const other = chosen ? titleOf(chosen.package) : dependency.name;
    return `${other} is in the way of ${by ? titleOf(by) : 'what the recipe asks for'} (${wanted})`;
  }
  if (providers.length === 0) return `${wanted}: there is no such package; ${asker}`;
  const known = [...new Set(providers.map((provider) => titleOf(provider.package)))].slice(0, 5).join(', ');
  if (!providers.some((provider) => isMet(dependency, provider))) {
    return `${wanted}: there is only ${known}; ${asker}`;
  }
  const chosen = solver.problem.name(universe.name(dependency.name)).chosen;
  if (chosen) return `${wanted}: ${titleOf(chosen.package)} was chosen for it, which is not right; ${asker}`;
  if (providers.every(({ version }) => version === undefined)) {
    return `${wanted}: one of those that provide it must be named: ${known}; ${asker}`;
  }
  return `${wanted}: of ${known} none can be installed; ${asker}`;
}

/** A package that was chosen although something is in its way. */
function brokenLine(solver: Solver, { item, provides, isTagAllowed }: PackageState): string | undefined {
  if (!isTagAllowed) return `${titleOf(item)} is only in a repository with a tag, which nothing asks for`;
  const rivals = [solver.problem.name(item.name), ...provides.map(({ name }) => name)]
    .map(({ name, chosen }) => ({ name, chosen }))
    .filter(({ chosen }) => chosen && chosen.package !== item);
  const [rival] = rivals;
  if (!rival) return undefined;
  return `${titleOf(item)} and ${titleOf(rival.chosen!.package)} cannot be installed together: both provide ${rival.name.text}`;
}

function hint(universe: Universe, unknown: ReadonlySet<string>): string {
  if (unknown.size === 0) return 'leave one of those in the way out, or ask for other versions';
  const names = universe.packageNames();
  const hints = [...unknown].flatMap((name) => {
    const near = nearest(name, [...names]);
    return near.length > 0 ? [`${name}: did you mean ${near.join(' or ')}?`] : [];
  });
  return hints.join(' ') || 'check the names and the repositories';
}

function titleOf({ name, version }: Package): string {
  return `${name.text}-${version}`;
}
