import { type Dependency, isMet } from '../../formats/apk/index.ts';
import { type Link, type NameState, newNameState, type Option, type PackageState } from './solver-state.ts';
import { inOrder, type Name, type Package, type Provider, type Universe } from './universe.ts';

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
  readonly world: readonly Link[];
  readonly #names = new Map<Name, NameState>();
  readonly #packages = new Map<Package, PackageState>();
  readonly #beyond = new Map<Name, NameState>();

  /** @param world what is wanted, in the order of names */
  constructor(universe: Universe, world: readonly Dependency[]) {
    this.universe = universe;
    this.tags = new Tags(universe);
    this.world = world.map((dependency) => ({
      dependency,
      name: this.#discover(universe.name(dependency.name)),
    }));
    this.#linkDependents();
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

  /** Depth first, as apk does: the depths of names that depend on each other hang on the order. */
  #discover(name: Name): NameState {
    const known = this.#names.get(name);
    if (known) return known;
    const options: Option[] = [];
    const state = newNameState(name, options);
    this.#names.set(name, state);
    for (const provider of name.providers) {
      const found = this.#packages.get(provider.package) ?? this.#discoverPackage(provider.package);
      options.push({ ...provider, state: found });
      state.isNeverTriggered &&= found.isTriggerFailed;
      state.depth = Math.max(state.depth, found.depth);
    }
    for (const other of this.universe.installedWith(name)) state.installedWith.push(this.#discover(other));
    return state;
  }

  #discoverPackage(item: Package): PackageState {
    const depends: Link[] = [];
    const state = this.#newState(item, depends);
    for (const dependency of item.depends) {
      const name = this.#discover(this.universe.name(dependency.name));
      depends.push({ dependency, name });
      state.depth = Math.max(state.depth, name.depth + 1);
    }
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
    for (const other of this.universe.installedWith(name, true)) {
      const found = this.#names.get(other);
      if (found) state.installedWith.push(found);
    }
    return state;
  }

  #linkDependents(): void {
    for (const name of inOrder(this.#names.keys())) {
      const state = this.#names.get(name)!;
      const seen = new Set<NameState>();
      for (const provider of state.providers) {
        for (const { name: wanted } of provider.state!.depends) {
          if (seen.has(wanted)) continue;
          seen.add(wanted);
          wanted.dependents.push(state);
        }
      }
    }
  }
}

/** True when what was chosen for a name meets a dependency on it. */
export function isChoiceRight({ dependency, name }: Link): boolean {
  return isMet(dependency, name.chosen);
}
