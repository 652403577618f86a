import { type Dependency, isMet } from '../../formats/apk/index.ts';
import type { Pause } from '../../host.ts';
import { NameWalk } from './name-order.ts';
import { type Link, type NameState, newNameState, type Option, type PackageState } from './solver-state.ts';
import type { Name, Package, Provider, Universe } from './universe.ts';

/** The pinned repositories that are in the universe, as bits. */
export class Tags {
  readonly #names: string[] = [];
  readonly #repositories: number[] = [0];

  constructor(universe: Universe) {
    for (const [index, { tag }] of universe.repositories.entries()) {
      this.#repositories[this.number(tag)]! |= 1 << (index + 1);
    }
  }

  /** 0 for no tag. */
  number(tag: string | undefined): number {
    if (tag === undefined) return 0;
    const known = this.#names.indexOf(tag);
    if (known >= 0) return known + 1;
    this.#names.push(tag);
    this.#repositories.push(0);
    return this.#names.length;
  }

  name(number: number): string | undefined {
    return this.#names[number - 1];
  }

  /** The repositories that some tags open, as bits. */
  repositories(tags: number): number {
    return this.#repositories.reduce((sum, bits, tag) => (tags & (1 << tag) ? sum | bits : sum), 0);
  }

  /** The first of some tags that opens one of some repositories; 0 when none does. */
  firstFor(tags: number, repositories: number): number {
    const found = this.#repositories.findIndex(
      (bits, tag) => (tags & (1 << tag)) !== 0 && (bits & repositories) !== 0,
    );
    return Math.max(found, 0);
  }
}

/** All names and packages that a resolution may come upon, found from what is wanted. */
export class Problem {
  readonly universe: Universe;
  readonly tags: Tags;
  readonly #names = new Map<Name, NameState>();
  readonly #packages = new Map<Package, PackageState>();
  readonly #beyond = new Map<Name, NameState>();
  #world: readonly Link[] = [];

  private constructor(universe: Universe) {
    this.universe = universe;
    this.tags = new Tags(universe);
  }

  /**
   * @param world what is wanted, in the order of names
   * @param pause called after each name that is come upon
   */
  static async of(universe: Universe, world: readonly Dependency[], pause: Pause): Promise<Problem> {
    const problem = new Problem(universe);
    const links: Link[] = [];
    for (const dependency of world) {
      links.push({ dependency, name: await problem.#discover(universe.name(dependency.name), pause) });
    }
    problem.#world = links;
    await problem.#linkDependents(pause);
    return problem;
  }

  /** What is wanted. */
  get world(): readonly Link[] {
    return this.#world;
  }

  package(item: Package): PackageState {
    return this.#packages.get(item)!;
  }

  /** As {@link package}, for packages that nothing has led to as well. */
  stateOf(item: Package): PackageState {
    return this.#packages.get(item) ?? this.#newState(item, []);
  }

  /** All names that were looked at. */
  *allNames(): Generator<NameState> {
    yield* this.#names.values();
    yield* this.#beyond.values();
  }

  /** Undefined for packages that none of the discovered names leads to. */
  packageOf({ package: item }: Provider): PackageState | undefined {
    return this.#packages.get(item);
  }

  /** The repositories that a package may come from, as bits. */
  repositoriesOf({ repositories, installed }: Package): number {
    return repositories | (installed ? this.tags.repositories(1 << this.tags.number(installed.tag)) : 0);
  }

  /**
   * Depth first, as apk does: the depths of names that depend on each other hang on the order. What is under way is
   * kept in a list, for chains of dependencies may be longer than calls can be deep.
   */
  async #discover(wanted: Name, pause: Pause): Promise<NameState> {
    const known = this.#names.get(wanted);
    if (known) return known;
    const { state, visit } = this.#newName(wanted);
    const underWay = [visit];
    while (underWay.length > 0) {
      const { done, value } = underWay.at(-1)!.next();
      if (done) underWay.pop();
      else if (value) underWay.push(value);
      const paused = pause();
      if (paused) await paused;
    }
    return state;
  }

  #newName(name: Name): { readonly state: NameState; readonly visit: Visit } {
    const options: Option[] = [];
    const state = newNameState(name, options);
    this.#names.set(name, state);
    return { state, visit: this.#visit(state, options) };
  }

  /** Finds what a name leads to; yields the visits that are to be made before it goes on, and nothing for a pause. */
  *#visit(state: NameState, options: Option[]): Visit {
    const { name } = state;
    for (const provider of name.providers) {
      const found = this.#packages.get(provider.package) ?? (yield* this.#visitPackage(provider.package));
      options.push({ ...provider, state: found });
      state.isNeverTriggered &&= found.isTriggerFailed;
      state.depth = Math.max(state.depth, found.depth);
    }
    for (const other of yield* this.universe.installedWith(name)) {
      state.installedWith.push(yield* this.#visitOther(other));
    }
  }

  *#visitPackage(item: Package): Generator<Visit | undefined, PackageState> {
    const depends: Link[] = [];
    const state = this.#newState(item, depends);
    for (const dependency of item.depends) {
      const name = yield* this.#visitOther(this.universe.name(dependency.name));
      depends.push({ dependency, name });
      state.depth = Math.max(state.depth, name.depth + 1);
    }
    return state;
  }

  *#visitOther(name: Name): Generator<Visit | undefined, NameState> {
    const known = this.#names.get(name);
    if (known) return known;
    const { state, visit } = this.#newName(name);
    yield visit;
    return state;
  }

  #newState(item: Package, depends: readonly Link[]): PackageState {
    const isPreferred =
      item.installedSize === 0 || (this.repositoriesOf(item) & this.tags.repositories(1)) !== 0;
    const find = () => this.name(item.name);
    let own: NameState | undefined;
    const state: PackageState = {
      item,
      get own() {
        own ??= find();
        return own;
      },
      depends,
      provides: this.#lazyLinks(item.provides),
      installIf: this.#lazyLinks(item.installIf),
      depth: 0,
      isSelectable: true,
      conflicts: 0,
      allowedTags: 1,
      isTagAllowed: isPreferred || item.installed !== undefined,
      isTagPreferred: isPreferred,
      isTriggered: false,
      isTriggerFailed: item.installIf.length === 0,
      isMerged: false,
      wasMerged: false,
      hasError: false,
      isInChanges: false,
    };
    this.#packages.set(item, state);
    return state;
  }

  /** Links to names that are no reason to look at those names: they come into being when they are looked at. */
  #lazyLinks(dependencies: readonly Dependency[]): Link[] {
    const find = (text: string) => this.name(this.universe.name(text));
    return dependencies.map((dependency) => {
      let state: NameState | undefined;
      return {
        dependency,
        get name() {
          state ??= find(dependency.name);
          return state;
        },
      };
    });
  }

  /** The state of a name that may lie beyond what was discovered. */
  name(name: Name): NameState {
    const known = this.#names.get(name) ?? this.#beyond.get(name);
    if (known) return known;
    const options = name.providers.map((item) => ({ ...item, state: this.#packages.get(item.package) }));
    const state = newNameState(name, options);
    this.#beyond.set(name, state);
    for (const other of this.universe.installedWithAmong(name, this.#names)) {
      state.installedWith.push(this.#names.get(other)!);
    }
    return state;
  }

  async #linkDependents(pause: Pause): Promise<void> {
    const walk = new NameWalk<NameState>();
    for (const state of this.#names.values()) {
      walk.add(state.name, state);
      const paused = pause();
      if (paused) await paused;
    }
    for (const state of walk) {
      const seen = new Set<NameState>();
      for (const provider of state.providers) {
        for (const { name: wanted } of provider.state!.depends) {
          if (seen.has(wanted)) continue;
          seen.add(wanted);
          wanted.dependents.push(state);
        }
      }
      const paused = pause();
      if (paused) await paused;
    }
  }
}

/** What is found from one name on, in steps that go as deep as the next names. */
interface Visit extends Generator<Visit | undefined, void, undefined> {}

/** True when what was chosen for a name meets a dependency on it. */
export function isChoiceRight({ dependency, name }: Link): boolean {
  return isMet(dependency, name.chosen);
}
