import { compareVersions, type Dependency, isMet } from '../../formats/apk/index.ts';
import { isChoiceRight, Problem } from './problem.ts';
import type { Link, NameState, PackageState } from './solver-state.ts';
import type { Package, Provider, Universe } from './universe.ts';

/**
 * Chooses packages for what is wanted as apk-tools 2.14 does (src/solver.c there): by constraints that spread along
 * the dependencies, without ever taking a choice back. Where the wishes leave a choice, its rules decide, so that
 * the outcome is apk's: what is installed stays, then the newest version, the highest priority, the first repository.
 */
export class Solver {
  readonly problem: Problem;
  /** Names whose choice found no provider. */
  readonly missing: NameState[] = [];
  #dirty: NameState[] = [];
  #firstDirty = 0;
  /** The latest first. */
  #unresolved: NameState[] = [];

  constructor(universe: Universe, world: readonly Dependency[]) {
    this.problem = new Problem(universe, world);
  }

  run(): void {
    const { tags, world } = this.problem;
    for (const link of world) this.#apply(link, undefined, 1 << tags.number(link.dependency.tag));
    while (true) {
      this.#reconsiderAll();
      const name = this.#nextName();
      if (!name) return;
      this.#select(name);
    }
  }

  #reconsiderAll(): void {
    while (this.#firstDirty < this.#dirty.length) {
      const name = this.#dirty[this.#firstDirty]!;
      this.#firstDirty += 1;
      if (!name.isDirty) continue;
      name.isDirty = false;
      this.#reconsider(name);
    }
    this.#dirty = [];
    this.#firstDirty = 0;
  }

  /** The first name without options; else what is required, by its own packages, with the longest chain below. */
  #nextName(): NameState | undefined {
    this.#unresolved = this.#unresolved.filter((name) => name.isUnresolved);
    let best: NameState | undefined;
    for (let index = this.#unresolved.length - 1; index >= 0; index -= 1) {
      const name = this.#unresolved[index]!;
      if (name.areDependentsDone && name.requirers > 0 && !name.hasOptions) return name;
      if (!best || comesBefore(name, best)) best = name;
    }
    return best;
  }

  #queueDirty(name: NameState): void {
    if (name.isDirty || name.isLocked || (name.requirers === 0 && !name.mustCheckTriggers)) return;
    name.isDirty = true;
    this.#dirty.push(name);
  }

  #queueUnresolved(name: NameState): void {
    if (name.isLocked) return;
    const isWanted = name.requirers > 0 || name.isTriggered;
    if (isWanted === name.isUnresolved) return;
    name.isUnresolved = isWanted;
    if (isWanted) this.#unresolved.push(name);
    else this.#unresolved = this.#unresolved.filter((other) => other !== name);
  }

  #checkDependents(name: NameState): void {
    for (const dependent of name.dependents) {
      dependent.mustCheckDependencies = true;
      this.#queueDirty(dependent);
    }
  }

  #checkInstalledWith(name: NameState): void {
    for (const other of name.installedWith) {
      if (other.isNeverTriggered) continue;
      other.mustCheckTriggers = true;
      this.#queueDirty(other);
    }
  }

  #disqualify(item: PackageState): void {
    item.isSelectable = false;
    const name = this.#nameOf(item);
    this.#checkDependents(name);
    for (const provided of item.provides) this.#checkDependents(provided.name);
    this.#checkInstalledWith(name);
  }

  #requirersChanged(name: NameState): void {
    this.#queueUnresolved(name);
    this.#checkInstalledWith(name);
    this.#queueDirty(name);
  }

  #isSatisfiable({ dependency, name }: Link): boolean {
    if (name.isLocked) return isMet(dependency, name.chosen);
    if (name.requirers === 0 && isMet(dependency, undefined)) return true;
    return name.providers.some(
      (provider) => this.problem.packageOf(provider)?.isSelectable && isMet(dependency, provider),
    );
  }

  /** @param tags for wishes of the world: the tag that is asked for, as a bit */
  #apply({ dependency, name }: Link, from: PackageState | undefined, tags = 0): void {
    if (!dependency.isConflict) {
      name.requirers += 1;
      if (name.requirers === 1) this.#requirersChanged(name);
    }
    for (const provider of name.providers) {
      const item = this.problem.packageOf(provider);
      if (!item) continue;
      const isRight = isMet(dependency, provider);
      if (!isRight) item.conflicts += 1;
      if (item.isSelectable && item.conflicts > 0) this.#disqualify(item);
      if (isRight) this.#inheritTags(item, from, tags);
    }
  }

  #inheritTags(item: PackageState, from: PackageState | undefined, tags: number): void {
    const repositories = this.problem.repositoriesOf(item.item);
    if (from) {
      item.allowedTags |= from.allowedTags;
    } else {
      item.allowedTags |= tags;
      item.isTagPreferred = (repositories & this.problem.tags.repositories(tags)) !== 0;
    }
    if ((repositories & this.problem.tags.repositories(item.allowedTags)) !== 0) item.isTagAllowed = true;
  }

  #reconsider(name: NameState): void {
    const { mustCheckDependencies, mustCheckTriggers } = name;
    name.mustCheckDependencies = false;
    name.mustCheckTriggers = false;
    const merge = new Merge();
    let isTriggered = false;
    let isNeverTriggered = true;
    for (const provider of name.providers) {
      const item = this.problem.packageOf(provider);
      if (!item) continue;
      item.isMerged = false;
      if (
        mustCheckDependencies &&
        item.isSelectable &&
        !item.depends.every((link) => this.#isSatisfiable(link))
      ) {
        this.#disqualify(item);
      }
      if (!item.isSelectable) continue;
      if (mustCheckTriggers) this.#checkTrigger(item);
      isTriggered ||= item.isTriggered;
      isNeverTriggered &&= item.isTriggerFailed;
      if (name.requirers > 0) merge.add(item, provider, this.#nameOf(item));
    }
    name.hasOptions = merge.options > 1 || merge.hasForbiddenTags;
    name.isTriggered = isTriggered;
    name.isNeverTriggered = isNeverTriggered;
    this.#queueUnresolved(name);
    if (merge.first) this.#spread(name, merge, merge.first);
    name.areDependentsDone = name.dependents.every(({ isLocked }) => isLocked);
  }

  #checkTrigger(item: PackageState): void {
    if (!item.isTriggered && !item.isTriggerFailed) {
      item.isTriggered = true;
      for (const link of item.installIf) {
        if (link.name.isLocked && isChoiceRight(link)) continue;
        item.isTriggered = false;
        item.isTriggerFailed = link.name.isLocked;
        break;
      }
    }
    if (!item.isTriggered) return;
    for (const { name } of item.installIf) {
      const chosen = name.chosen && this.problem.packageOf(name.chosen);
      this.#inheritTags(item, chosen, 0);
    }
  }

  /** Passes on what all options of a name have in common: dependencies, and names that they provide. */
  #spread(name: NameState, merge: Merge, first: PackageState): void {
    for (const provider of name.providers) {
      const item = this.problem.packageOf(provider);
      if (item) item.wasMerged = item.isMerged;
    }
    for (const link of first.depends) {
      if (!merge.isCommon(link.name)) continue;
      if (merge.options === 1) this.#apply(link, first);
      else if (link.name.requirers === 0) this.#requireForAll(link.name, first);
    }
    const own = this.#nameOf(first);
    const provided = [own, ...first.provides.map((link) => link.name)];
    for (const other of provided) {
      if (merge.isProvidedByAll(other)) this.#excludeOthers(other, name);
    }
    for (const other of provided) other.hasUnversionedProviders = false;
  }

  #requireForAll(name: NameState, first: PackageState): void {
    name.requirers += 1;
    this.#requirersChanged(name);
    for (const provider of name.providers) {
      const item = this.problem.packageOf(provider);
      if (item) this.#inheritTags(item, first, 0);
    }
  }

  /** What provides one name must provide another as well, which is wanted and of which there can be but one. */
  #excludeOthers(name: NameState, mustProvide: NameState): void {
    if (name === mustProvide) return;
    const skip = name.hasUnversionedProviders;
    for (const provider of name.providers) {
      const item = this.problem.packageOf(provider);
      if (!item?.isSelectable || item.item.name === mustProvide.name) continue;
      if (skip && provider.version === undefined) continue;
      const isFine = item.provides.some(
        (link) => link.name === mustProvide || (skip && link.dependency.version === ''),
      );
      if (!isFine) this.#disqualify(item);
    }
  }

  #select(name: NameState): void {
    const chosen = this.#choose(name);
    if (!chosen) {
      this.#assign(name, undefined);
      if (name.requirers > 0) this.missing.push(name);
      return;
    }
    const item = this.problem.package(chosen.package);
    if (!item.isSelectable || !item.isTagAllowed) item.hasError = true;
    const { version, identity } = item.item;
    this.#assign(this.#nameOf(item), { package: item.item, version, identity });
    for (const { dependency, name: provided } of item.provides) {
      this.#assign(provided, { package: item.item, version: dependency.version || undefined, identity });
    }
    for (const link of item.depends) this.#apply(link, item);
  }

  #choose(name: NameState): Provider | undefined {
    if (name.requirers === 0 && !name.isTriggered) return undefined;
    let best: Provider | undefined;
    for (const provider of name.providers) {
      const item = this.problem.packageOf(provider);
      if (!item) continue;
      if (name.requirers === 0 && !(item.isTriggered && item.isTagAllowed)) continue;
      const isVirtual = provider.version === undefined && item.item.priority === 0;
      if (isVirtual && this.#nameOf(item).requirers === 0) continue;
      if (!best || this.#compare(provider, best) > 0) best = provider;
    }
    return best;
  }

  /** More than 0 when the first of two providers is to be preferred. */
  #compare(one: Provider, other: Provider): number {
    const [a, b] = [this.problem.package(one.package), this.problem.package(other.package)];
    return (
      order(a.isSelectable, b.isSelectable) ||
      order(a.wasMerged, b.wasMerged) ||
      b.conflicts - a.conflicts ||
      order(a.isTagAllowed, b.isTagAllowed) ||
      order(a.isTagPreferred, b.isTagPreferred) ||
      order(isInstalled(a.item), isInstalled(b.item)) ||
      compareOptional(one.version, other.version) ||
      (a.item.name === b.item.name ? compareVersions(a.item.version, b.item.version) : 0) ||
      a.item.priority - b.item.priority ||
      firstRepository(b.item) - firstRepository(a.item)
    );
  }

  #assign(name: NameState, chosen: Provider | undefined): void {
    if (name.isLocked) {
      if (chosen?.version === undefined && name.chosen?.version === undefined) return;
      for (const provider of [chosen, name.chosen]) {
        const item = provider && this.problem.packageOf(provider);
        if (item) item.hasError = true;
      }
      return;
    }
    name.isLocked = true;
    name.chosen = chosen;
    name.isUnresolved = false;
    name.isDirty = false;
    for (const provider of name.providers) {
      if (provider.package === chosen?.package) continue;
      if (chosen?.version === undefined && provider.version === undefined) continue;
      const item = this.problem.packageOf(provider);
      if (item) this.#disqualify(item);
    }
    this.#checkDependents(name);
    this.#checkInstalledWith(name);
  }

  #nameOf({ item }: PackageState): NameState {
    return this.problem.name(item.name);
  }
}

/** What the options of a name have in common. */
class Merge {
  options = 0;
  first: PackageState | undefined;
  hasForbiddenTags = false;
  readonly #depends = new Map<NameState, number>();
  readonly #provides = new Map<NameState, number>();

  add(item: PackageState, provider: Provider, own: NameState): void {
    item.isMerged = true;
    this.first ??= item;
    for (const { dependency, name } of item.depends) {
      if (!dependency.isConflict) this.#count(this.#depends, name);
    }
    if (this.#count(this.#provides, own) && provider.version === undefined)
      own.hasUnversionedProviders = true;
    for (const { dependency, name } of item.provides) {
      if (this.#count(this.#provides, name) && dependency.version === '') name.hasUnversionedProviders = true;
    }
    if (!item.isTagAllowed) this.hasForbiddenTags = true;
    this.options += 1;
  }

  /** True once for each name that all options depend on. */
  isCommon(name: NameState): boolean {
    return this.#take(this.#depends, name);
  }

  /** True once for each name that all options provide. */
  isProvidedByAll(name: NameState): boolean {
    return this.#take(this.#provides, name);
  }

  /** Counts an option for a name, when all options before had it as well. */
  #count(counts: Map<NameState, number>, name: NameState): boolean {
    if ((counts.get(name) ?? 0) !== this.options) return false;
    counts.set(name, this.options + 1);
    return true;
  }

  #take(counts: Map<NameState, number>, name: NameState): boolean {
    const count = counts.get(name) ?? 0;
    counts.delete(name);
    return count === this.options;
  }
}

function comesBefore(a: NameState, b: NameState): boolean {
  const required = Number(b.requirers > 0) - Number(a.requirers > 0);
  return (required || a.kind - b.kind || b.depth - a.depth) < 0;
}

function order(a: boolean, b: boolean): number {
  return Number(a) - Number(b);
}

function compareOptional(a: string | undefined, b: string | undefined): number {
  return a === undefined || b === undefined ? 0 : compareVersions(a, b);
}

function isInstalled(item: Package): boolean {
  return item.installed !== undefined;
}

/** Counted from 1, 0 for none, as ffs(3) does. */
function firstRepository({ repositories }: Package): number {
  return repositories === 0 ? 0 : 32 - Math.clz32(repositories & -repositories);
}
