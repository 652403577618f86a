import { forKey, RootlessBakeError } from '../../errors.ts';
import { nearest } from '../../suggest.ts';
import type { ModuleIndex } from './module-index.ts';
import { normalizeModuleName } from './name.ts';

/** One module to insert. */
export interface InsertionStep {
  readonly name: string;
  readonly path: string;
  /**
   * Whether it was asked for by name, or is needed for one that was. The others come from soft
   * dependencies and from aliases with several modules: machines without the hardware refuse some of them.
   */
  readonly required: boolean;
}

export interface InsertionOrder {
  /** In the order of insertion, each module once. */
  readonly steps: readonly InsertionStep[];
  /** Wanted modules that the kernel has inside, in the order of asking. */
  readonly builtin: readonly string[];
}

/**
 * The order in which to insert modules: `depends` and soft dependencies `pre` before, `post` after a
 * module, built-ins left out; the same every time for the same input. Like modprobe: a name that is no
 * module is looked up as an alias and may stand for several; soft dependencies that do not exist are
 * passed over. Where a soft dependency contradicts what must come before what, it yields: the module is
 * inserted after all.
 *
 * @param wanted names, with `-` or `_`, or aliases
 * @throws RootlessBakeError `RB_MODULE_NOT_FOUND` with the nearest names, `RB_MODULE_CYCLE` when modules
 * depend on each other; their key is `[0]`, `[1]` … of the names
 */
export async function insertionOrder(wanted: readonly string[], index: ModuleIndex): Promise<InsertionOrder> {
  const planner = new Planner(index);
  const builtin: string[] = [];
  const required = new Set<string>();
  const insert = async (word: string): Promise<void> => {
    const names = await planner.resolve(word);
    if (names.length === 0) throw notFound(word, index);
    for (const name of names) {
      if (index.path(name) === undefined) {
        builtin.push(name);
        continue;
      }
      await planner.insert(name);
      if (names.length > 1) continue;
      for (const needed of await planner.needs(name, word)) required.add(needed);
    }
  };
  for (const [place, word] of wanted.entries()) await forKey(`[${place}]`, () => insert(word));
  const steps = planner.order.map((name) => {
    return { name, path: index.path(name) ?? '', required: required.has(name) };
  });
  return { steps, builtin: [...new Set(builtin)] };
}

function notFound(word: string, index: ModuleIndex, neededBy?: string): RootlessBakeError {
  const near = nearest(normalizeModuleName(word), index.names());
  const by = neededBy === undefined ? '' : `, needed by ${neededBy}`;
  return new RootlessBakeError('RB_MODULE_NOT_FOUND', `the kernel has no module ${word}${by}`, {
    hint:
      near.length === 0 ? "check the name, and that it is this kernel's" : `did you mean ${near.join(', ')}?`,
  });
}

/** Depth-first walk over modules, with everything that has to come before a module inserted before it. */
class Planner {
  readonly order: string[] = [];
  readonly #index: ModuleIndex;
  readonly #done = new Set<string>();
  /** Modules whose predecessors are being inserted. */
  readonly #open = new Set<string>();
  /** Soft dependencies that have to wait until nothing is open. */
  readonly #postponed: string[] = [];
  readonly #needs = new Map<string, ReadonlySet<string>>();

  constructor(index: ModuleIndex) {
    this.#index = index;
  }

  /** The modules, loadable or built in, that a name or alias stands for; none when it is unknown. */
  async resolve(word: string): Promise<readonly string[]> {
    const name = normalizeModuleName(word);
    if (this.#index.path(name) !== undefined || this.#index.isBuiltin(name)) return [name];
    return this.#index.byAlias(word);
  }

  /**
   * A module and all that it cannot be inserted without, built-ins left out.
   *
   * @throws RootlessBakeError `RB_MODULE_NOT_FOUND`, `RB_MODULE_CYCLE`
   */
  async needs(name: string, neededBy: string, trail: readonly string[] = []): Promise<ReadonlySet<string>> {
    const known = this.#needs.get(name);
    if (known !== undefined) return known;
    if (trail.includes(name)) {
      throw new RootlessBakeError(
        'RB_MODULE_CYCLE',
        `modules depend on each other: ${[...trail.slice(trail.indexOf(name)), name].join(' -> ')}`,
        { hint: 'the modules folder is not that of one kernel: install the kernel package again' },
      );
    }
    if (this.#index.path(name) === undefined) {
      if (this.#index.isBuiltin(name)) return new Set();
      throw notFound(name, this.#index, neededBy);
    }
    const all = new Set([name]);
    for (const dependency of (await this.#index.info(name)).depends) {
      for (const needed of await this.needs(dependency, name, [...trail, name])) all.add(needed);
    }
    this.#needs.set(name, all);
    return all;
  }

  /** Inserts a loadable module and what belongs before and after it, postponed modules included. */
  async insert(name: string): Promise<void> {
    await this.#visit(name);
    for (let next = this.#postponed.shift(); next !== undefined; next = this.#postponed.shift()) {
      await this.#visit(next);
    }
  }

  async #visit(name: string): Promise<void> {
    if (this.#done.has(name)) return;
    await this.needs(name, name);
    const { depends, softdepPre, softdepPost } = await this.#index.info(name);
    this.#done.add(name);
    this.#open.add(name);
    for (const dependency of depends) {
      if (this.#index.path(dependency) !== undefined) await this.#visit(dependency);
    }
    for (const word of softdepPre) await this.#visitSoft(word);
    this.#open.delete(name);
    this.order.push(name);
    for (const word of softdepPost) await this.#visitSoft(word);
  }

  /**
   * The modules that a soft dependency stands for. It may be the name of an algorithm that a built-in
   * module is named after, too (`crc32`), so unlike a wanted one it is not settled by a built-in's name.
   */
  async #resolveSoft(word: string): Promise<readonly string[]> {
    const name = normalizeModuleName(word);
    return this.#index.path(name) === undefined ? this.#index.byAlias(word) : [name];
  }

  async #visitSoft(word: string): Promise<void> {
    for (const name of await this.#resolveSoft(word)) {
      const needs = await this.#softNeeds(name);
      if (needs === undefined) continue;
      const blocked = [...needs].some((needed) => this.#open.has(needed));
      if (blocked) this.#postponed.push(name);
      else await this.#visit(name);
    }
  }

  /** What a soft dependency needs; undefined when it is built in or cannot be inserted at all. */
  async #softNeeds(name: string): Promise<ReadonlySet<string> | undefined> {
    if (this.#index.path(name) === undefined) return undefined;
    try {
      return await this.needs(name, name);
    } catch (error) {
      if (error instanceof RootlessBakeError && error.code === 'RB_MODULE_NOT_FOUND') return undefined;
      throw error;
    }
  }
}
