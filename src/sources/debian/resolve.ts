import type { Clause, IndexedPackage, Relation } from '../../formats/debian/index.ts';
import type { Pause } from '../../host.ts';
import { explain, explainRequest } from './explain.ts';
import { Contradiction, type Problem, type Rule, Solver } from './solver.ts';
import type { Universe } from './universe.ts';

/** Where a rule comes from, for the words of an error. */
export type Cause =
  | { readonly type: 'request'; readonly request: Relation }
  | { readonly type: 'depends'; readonly item: IndexedPackage; readonly clause: Clause }
  | {
      readonly type: 'conflict';
      readonly item: IndexedPackage;
      readonly relation: Relation;
      readonly other: IndexedPackage;
    };

/**
 * Finds the packages that are needed for some names: they and all that they depend on, one version of each, none of
 * which conflicts with another. Where there are alternatives, the first that is needed anyway is taken, else the
 * first that can be had.
 *
 * @param requests names, that of a virtual package when only one provides it
 * @param options whether what the packages depend on is wanted too; conflicts count in any case
 * @param pause called after each package
 * @returns in an order in which dpkg could unpack them: what a package depends on before it, but for circles
 * @throws RB_INPUT_NOT_FOUND when a name is unknown
 * @throws RB_DEBIAN_UNSATISFIABLE when a package cannot be had, with the chain that leads to it
 */
export async function resolveDebian(
  requests: readonly Relation[],
  universe: Universe,
  { dependencies = true }: { readonly dependencies?: boolean },
  pause: Pause,
): Promise<IndexedPackage[]> {
  const problem = new DebianProblem(universe, requests, dependencies);
  try {
    await new Solver(problem).solve(problem.requestRules(), pause);
  } catch (error) {
    if (error instanceof Contradiction) throw explain(error.rules as Rule<Cause>[], universe);
    throw error;
  }
  return problem.inOrder();
}

type Value = (literal: number) => boolean | undefined;

/** A package on the way down, and how far its rules have been walked through. */
interface Visit {
  readonly number: number;
  readonly rules: readonly Rule<Cause>[];
  at: number;
}

class DebianProblem implements Problem<Cause> {
  readonly #universe: Universe;
  readonly #items: IndexedPackage[] = [];
  readonly #numbers = new Map<IndexedPackage, number>();
  readonly #dependencies = new Map<number, Rule<Cause>[]>();
  readonly #requests: readonly Rule<Cause>[];
  readonly #withDependencies: boolean;
  /** The walk through the packages of the requests, which goes on where it stopped for a choice. */
  #stack: Visit[] = [];
  #seen = new Set<number>();
  #order: number[] = [];

  constructor(universe: Universe, requests: readonly Relation[], withDependencies: boolean) {
    this.#universe = universe;
    this.#withDependencies = withDependencies;
    this.#requests = requests.map((request) => {
      const solutions = universe.solutions(request);
      const isVague = solutions.length > 1 && solutions[0]!.name !== request.name;
      if (solutions.length === 0 || isVague) throw explainRequest(request, universe);
      return { literals: [this.#number(solutions[0]!)], origin: { type: 'request', request } };
    });
    this.restart();
  }

  requestRules(): readonly Rule<Cause>[] {
    return this.#requests;
  }

  rulesOf(number: number): readonly Rule<Cause>[] {
    const item = this.#items[number - 1]!;
    const clauses = this.#withDependencies ? item.depends : [];
    const dependencies = clauses.map((clause) => this.#dependency(number, clause));
    this.#dependencies.set(number, dependencies);
    const conflicts = item.conflicts.flatMap((relation) =>
      this.#universe.conflicting(item, relation).map((other) => {
        const origin = { type: 'conflict', item, relation, other } as const;
        return { literals: [-number, -this.#number(other)], origin };
      }),
    );
    return [...dependencies, ...conflicts];
  }

  restart(): void {
    this.#seen = new Set();
    this.#order = [];
    this.#stack = [{ number: 0, rules: this.#requests, at: 0 }];
  }

  /** As apt goes: through all that the first dependency needs before the second is looked at. */
  next(value: Value): number | undefined {
    for (let top = this.#stack.at(-1); top; top = this.#stack.at(-1)) {
      const rule = top.rules[top.at];
      if (!rule) {
        this.#stack.pop();
        this.#order.push(top.number);
        continue;
      }
      const packages = rule.literals.filter((literal) => literal > 0);
      const installed = packages.find((literal) => value(literal) === true);
      if (installed === undefined) return packages.find((literal) => value(literal) === undefined);
      top.at += 1;
      if (this.#seen.has(installed)) continue;
      this.#seen.add(installed);
      this.#stack.push({ number: installed, rules: this.#dependencies.get(installed) ?? [], at: 0 });
    }
    return undefined;
  }

  /** What was walked through, each package behind what it needs. */
  inOrder(): IndexedPackage[] {
    return this.#order.filter((number) => number > 0).map((number) => this.#items[number - 1]!);
  }

  #dependency(number: number, clause: Clause): Rule<Cause> {
    const solutions = new Set(clause.flatMap((relation) => this.#universe.solutions(relation)));
    const literals = [...solutions].map((solution) => this.#number(solution));
    const origin = { type: 'depends', item: this.#items[number - 1]!, clause } as const;
    return { literals: [-number, ...literals], origin, isPatient: true };
  }

  #number(item: IndexedPackage): number {
    let number = this.#numbers.get(item);
    if (number === undefined) {
      number = this.#items.push(item);
      this.#numbers.set(item, number);
    }
    return number;
  }
}
