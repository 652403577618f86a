import { isMet } from '../../formats/apk/index.ts';
import type { Pause } from '../../host.ts';
import { compareOptions } from './compare-options.ts';
import { Merge } from './merge.ts';
import { isChoiceRight, type Problem } from './problem.ts';
import type { Link, NameState, Option, PackageState } from './solver-state.ts';
import type { Provider } from './universe.ts';

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

  /** Starts with nothing chosen. */
  constructor(problem: Problem) {
    this.problem = problem;
  }

  /** @param pause called after each name that is looked at */
  async run(pause: Pause): Promise<void> {
    const { tags, world } = this.problem;
    for (const link of world) this.#apply(link, undefined, 1 << tags.number(link.dependency.tag));
    while (true) {
      await this.#reconsiderAll(pause);
      const name = this.#nextName();
      if (!name) return;
      this.#select(name);
      await pause();
    }
  }

  async #reconsiderAll(pause: Pause): Promise<void> {
    while (this.#firstDirty < this.#dirty.length) {
      const name = this.#dirty[this.#firstDirty]!;
      this.#firstDirty += 1;
      if (!name.isDirty) continue;
      name.isDirty = false;
      this.#reconsider(name);
      await pause();
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
    const name = item.own;
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
    return name.providers.some((provider) => provider.state?.isSelectable && isMet(dependency, provider));
  }

  /** @param tags for wishes of the world: the tag that is asked for, as a bit */
  #apply({ dependency, name }: Link, from: PackageState | undefined, tags = 0): void {
    if (!dependency.isConflict) {
      name.requirers += 1;
      if (name.requirers === 1) this.#requirersChanged(name);
    }
    for (const provider of name.providers) {
      const item = provider.state;
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
      const item = provider.state;
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
      if (name.requirers > 0) merge.add(item, provider);
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
      const item = provider.state;
      if (item) item.wasMerged = item.isMerged;
    }
    for (const link of first.depends) {
      if (!merge.isCommon(link.name)) continue;
      if (merge.options === 1) this.#apply(link, first);
      else if (link.name.requirers === 0) this.#requireForAll(link.name, first);
    }
    const own = first.own;
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
      const item = provider.state;
      if (item) this.#inheritTags(item, first, 0);
    }
  }

  /** What provides one name must provide another as well, which is wanted and of which there can be but one. */
  #excludeOthers(name: NameState, mustProvide: NameState): void {
    if (name === mustProvide) return;
    const skip = name.hasUnversionedProviders;
    for (const provider of name.providers) {
      const item = provider.state;
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
    const item = chosen.state!;
    if (!item.isSelectable || !item.isTagAllowed) item.hasError = true;
    const { version, identity } = item.item;
    this.#assign(item.own, { package: item.item, version, identity });
    for (const { dependency, name: provided } of item.provides) {
      this.#assign(provided, { package: item.item, version: dependency.version || undefined, identity });
    }
    for (const link of item.depends) this.#apply(link, item);
  }

  #choose(name: NameState): Option | undefined {
    if (name.requirers === 0 && !name.isTriggered) return undefined;
    let best: Option | undefined;
    for (const provider of name.providers) {
      const item = provider.state;
      if (!item) continue;
      if (name.requirers === 0 && !(item.isTriggered && item.isTagAllowed)) continue;
      const isVirtual = provider.version === undefined && item.item.priority === 0;
      if (isVirtual && item.own.requirers === 0) continue;
      if (!best || compareOptions(provider, best) > 0) best = provider;
    }
    return best;
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
      const item = provider.state;
      if (item) this.#disqualify(item);
    }
    this.#checkDependents(name);
    this.#checkInstalledWith(name);
  }
}

function comesBefore(a: NameState, b: NameState): boolean {
  const required = Number(b.requirers > 0) - Number(a.requirers > 0);
  return (required || a.kind - b.kind || b.depth - a.depth) < 0;
}
