import { RootlessBakeError } from '../../errors.ts';
import {
  type Clause,
  formatClause,
  formatRelation,
  type IndexedPackage,
  type Relation,
} from '../../formats/debian/index.ts';
import { didYouMean } from '../../suggest.ts';
import type { Cause } from './resolve.ts';
import type { Rule } from './solver.ts';
import type { Universe } from './universe.ts';

/** More would not help anybody. */
const MAXIMUM_FAULTS = 4;

/** The error for a name that stands for no package, or for one of several. */
export function explainRequest(request: Relation, universe: Universe): RootlessBakeError {
  const { name, constraint } = request;
  const providers = universe.solutions({ name }).map((item) => item.name);
  const versions = universe.versions(name);
  if (constraint && versions.length > 0) {
    return new RootlessBakeError(
      'RB_INPUT_NOT_FOUND',
      `there is no version ${constraint.version} of ${name}, only ${versions.join(', ')}`,
      { hint: 'name one that is there, or a snapshot of the day that had it' },
    );
  }
  if (providers.length > 0) {
    return new RootlessBakeError(
      'RB_DEBIAN_UNSATISFIABLE',
      `${name} is a virtual package, which several provide: ${providers.slice(0, 10).join(', ')}`,
      { hint: 'name the one that you want' },
    );
  }
  return new RootlessBakeError('RB_INPUT_NOT_FOUND', `there is no Debian package ${name}`, {
    hint:
      didYouMean(name, universe.names()) ?? 'check the name, and the components in which it is looked for',
  });
}

/**
 * The error for packages that cannot be installed.
 *
 * @param rules that cannot hold together
 */
export function explain(rules: readonly Rule<Cause>[], universe: Universe): RootlessBakeError {
  const causes = rules.map(({ origin }) => origin!);
  const chains = findChains(causes, universe);
  const chain = (item: IndexedPackage) => chains.get(item)?.join(', which needs ') ?? item.name;
  const faults = causes.flatMap((cause) => {
    if (cause.type === 'depends' && solutionsOf(cause.clause, universe).length === 0) {
      return [
        `${chain(cause.item)}, which needs ${formatClause(cause.clause)}: ${lacking(cause.clause, universe)}`,
      ];
    }
    if (cause.type !== 'conflict') return [];
    const { item, relation, other } = cause;
    return [
      `${chain(item)}, which conflicts with ${formatRelation(relation)}: but so is needed ${chain(other)}`,
    ];
  });
  const names = causes.flatMap((cause) => (cause.type === 'request' ? [cause.request.name] : []));
  return new RootlessBakeError(
    'RB_DEBIAN_UNSATISFIABLE',
    [`${names.join(' and ')} cannot be installed:`, ...new Set(faults.slice(0, MAXIMUM_FAULTS))].join('\n  '),
    { hint: 'leave one of the packages out, or take one with dependencies: false and add what it needs' },
  );
}

/** Why nothing fulfils a dependency. */
function lacking(clause: Clause, universe: Universe): string {
  const there = clause.flatMap(({ name }) => universe.candidate(name)?.title ?? []);
  return there.length > 0 ? `there is only ${there.join(', ')}` : 'there is no such package';
}

/** The names on the shortest way from a request to each package. */
function findChains(
  causes: readonly Cause[],
  universe: Universe,
): ReadonlyMap<IndexedPackage, readonly string[]> {
  const chains = new Map<IndexedPackage, readonly string[]>();
  for (const cause of causes) {
    if (cause.type !== 'request') continue;
    const item = universe.solutions(cause.request)[0]!;
    chains.set(item, [item.name]);
  }
  for (const [item, chain] of chains) {
    for (const cause of causes) {
      if (cause.type !== 'depends' || cause.item !== item) continue;
      for (const next of solutionsOf(cause.clause, universe)) {
        if (!chains.has(next)) chains.set(next, [...chain, next.name]);
      }
    }
  }
  return chains;
}

function solutionsOf(clause: Clause, universe: Universe): IndexedPackage[] {
  return clause.flatMap((relation) => universe.solutions(relation));
}
