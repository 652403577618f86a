import {
  compareVersions,
  type IndexedPackage,
  isAllowed,
  type PackageIndex,
  type Relation,
} from '../../formats/debian/index.ts';

/** How Debian ranks packages by their `Priority`, the most important first. */
const PRIORITIES = ['required', 'important', 'standard', 'optional', 'extra'];

/**
 * The packages that can be had for one architecture: of each name one version, the highest or the one that was
 * asked for.
 */
export class Universe {
  readonly architecture: string;
  readonly #indexes: readonly PackageIndex[];
  readonly #versions: ReadonlyMap<string, string>;
  readonly #candidates = new Map<string, IndexedPackage | undefined>();

  /** @param versions by the package's name, where not the highest is wanted */
  constructor(
    indexes: readonly PackageIndex[],
    architecture: string,
    versions: ReadonlyMap<string, string> = new Map(),
  ) {
    this.architecture = architecture;
    this.#indexes = indexes;
    this.#versions = versions;
  }

  /** The version of a package that is installed if any is. */
  candidate(name: string): IndexedPackage | undefined {
    if (!this.#candidates.has(name)) this.#candidates.set(name, this.#choose(name));
    return this.#candidates.get(name);
  }

  /** All that fulfils a relation, the preferred one first. */
  solutions(relation: Relation): IndexedPackage[] {
    const { name, qualifier, constraint } = relation;
    if (qualifier !== undefined && qualifier !== 'any' && qualifier !== this.architecture) return [];
    const isOpen = (item: IndexedPackage) => qualifier !== 'any' || item.multiArch === 'allowed';
    const real = this.candidate(name);
    const providers = this.#providers(name).filter(
      (item) => item !== real && isOpen(item) && provides(item, { name, ...(constraint && { constraint }) }),
    );
    return [
      ...(real && isOpen(real) && isAllowed(real.version, relation) ? [real] : []),
      ...sortProviders(providers),
    ];
  }

  /** All that a package declares to conflict with; a package never conflicts with what it provides itself. */
  conflicting(item: IndexedPackage, relation: Relation): IndexedPackage[] {
    const { name, qualifier } = relation;
    if (qualifier !== undefined && qualifier !== 'any' && qualifier !== this.architecture) return [];
    const real = this.candidate(name);
    return [
      ...(real && isAllowed(real.version, relation) ? [real] : []),
      ...this.#providers(name).filter((other) => provides(other, relation)),
    ].filter((other) => other !== item && other.name !== item.name);
  }

  /** Versions of a name that are there, whether one was asked for or not. */
  versions(name: string): string[] {
    return this.#named(name).map(({ version }) => version);
  }

  /** Of all packages of all architectures. */
  *names(): Generator<string> {
    for (const index of this.#indexes) yield* index.names();
  }

  #providers(name: string): IndexedPackage[] {
    return this.#indexes
      .flatMap((index) => index.providing(name))
      .filter((item) => this.candidate(item.name) === item);
  }

  #choose(name: string): IndexedPackage | undefined {
    const wanted = this.#versions.get(name);
    return this.#named(name)
      .filter(({ version }) => wanted === undefined || compareVersions(version, wanted) === 0)
      .sort((a, b) => compareVersions(b.version, a.version))[0];
  }

  #named(name: string): IndexedPackage[] {
    return this.#indexes
      .flatMap((index) => index.named(name))
      .filter(({ architecture }) => architecture === this.architecture || architecture === 'all');
  }
}

/** A relation with a version is only fulfilled by what provides that name in a version. */
function provides(item: IndexedPackage, relation: Relation): boolean {
  return item.provides.some(
    ({ name, constraint }) =>
      name === relation.name &&
      (relation.constraint === undefined ||
        (constraint !== undefined && isAllowed(constraint.version, relation))),
  );
}

/** In apt's order: essential ones, then by priority, then the one that the indexes have last. */
function sortProviders(items: readonly IndexedPackage[]): IndexedPackage[] {
  const rank = ({ fields, isEssential }: IndexedPackage) => {
    const priority = PRIORITIES.indexOf(fields.get('Priority') ?? '');
    return (isEssential ? -100 : 0) + (priority < 0 ? PRIORITIES.length : priority);
  };
  return [...new Set(items)].reverse().sort((a, b) => rank(a) - rank(b));
}
