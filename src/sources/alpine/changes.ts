import { type Dependency, isMet } from '../../formats/apk/index.ts';
import type { Pause } from '../../host.ts';
import { isChoiceRight, type Problem } from './problem.ts';
import type { Link, NameState, PackageState } from './solver-state.ts';
import { runSteps, type Steps } from './steps.ts';
import type { Package } from './universe.ts';

/** One step on the way from what is installed to what was chosen. */
export interface Change {
  /** Undefined for a package that is new. */
  readonly old: Package | undefined;
  /** Undefined for a package that goes. */
  readonly new: Package | undefined;
  /** The tag of the repository that the new one comes from. */
  readonly tag: string | undefined;
}

/** A dependency of a chosen package, or of the world, that its choice does not meet. */
export interface Unmet {
  readonly dependency: Dependency;
  /** Undefined for the world. */
  readonly by: Package | undefined;
}

/**
 * Lists the changes in the order in which apk makes them: what a package depends on before the package, and what
 * is installed by its presence after it.
 */
export class ChangeList {
  readonly changes: Change[] = [];
  readonly unmet: Unmet[] = [];
  /** Packages that are in the way of each other, or cannot be installed. */
  readonly broken: PackageState[] = [];
  readonly #problem: Problem;

  private constructor(problem: Problem) {
    this.#problem = problem;
  }

  /** @param pause called after each step */
  static async of(problem: Problem, pause: Pause): Promise<ChangeList> {
    const list = new ChangeList(problem);
    await runSteps(list.#all(), pause);
    return list;
  }

  *#all(): Steps {
    const problem = this.#problem;
    const installed = this.#countInstalled();
    for (const item of installed) yield this.#removeOrphan(item);
    for (const link of problem.world) yield this.#addDependency(undefined, link);
    for (const item of installed) yield this.#change(problem.name(item.name));
  }

  /** Requirers now count the dependencies of what is installed. */
  #countInstalled(): Package[] {
    const problem = this.#problem;
    const installed = problem.universe.installedPackages();
    for (const name of problem.allNames()) name.requirers = 0;
    for (const item of installed) {
      const name = problem.name(item.name);
      name.installedPackage = item;
      name.installedName = name;
      for (const provided of item.provides) {
        if (provided.version !== '') this.#nameOf(provided).installedName = name;
      }
    }
    for (const item of installed) this.#trackAdded(item);
    return installed;
  }

  #trackAdded(item: Package): void {
    for (const dependency of item.depends) {
      const owner = dependency.isConflict ? undefined : this.#nameOf(dependency).installedName;
      if (owner) owner.requirers += 1;
    }
  }

  *#trackRemoved(item: Package): Steps {
    for (const dependency of item.depends) {
      const name = this.#nameOf(dependency);
      if (dependency.isConflict || !name.installedName) continue;
      name.installedName.requirers -= 1;
      if (name.installedName.requirers <= 0 && name.installedPackage)
        yield this.#remove(name.installedPackage);
    }
  }

  *#removeOrphan(item: Package): Steps {
    const name = this.#problem.name(item.name);
    if (name.requirers === 0 && !name.chosen) yield this.#remove(item);
  }

  *#addDependency(by: PackageState | undefined, link: Link): Steps {
    const { dependency, name } = link;
    if (!isChoiceRight(link)) {
      this.unmet.push({ dependency, by: by?.item });
      this.#markBroken(by);
    }
    yield this.#change(name);
    if (name.chosen && this.#problem.packageOf(name.chosen)?.hasError) this.#markBroken(by);
  }

  #markBroken(item: PackageState | undefined): void {
    if (!item || item.hasError) return;
    item.hasError = true;
  }

  *#change(name: NameState): Steps {
    if (name.isInChanges) return;
    yield this.#settleName(name);
    const item = name.chosen && this.#problem.packageOf(name.chosen);
    if (!item || item.isInChanges) return;
    item.isInChanges = true;
    const own = this.#problem.name(item.item.name);
    yield this.#settleName(own);
    for (const provided of item.provides) yield this.#settleName(provided.name);
    const old = own.installedPackage;
    if (old) for (const other of own.installedWith) yield this.#removeTriggered(other);
    if (item.hasError) this.broken.push(item);
    for (const link of item.depends) yield this.#addDependency(item, link);
    const { tags } = this.#problem;
    const tag = tags.firstFor(item.allowedTags, this.#problem.repositoriesOf(item.item));
    this.changes.push({ old, new: item.item, tag: tags.name(tag) });
    for (const other of own.installedWith) yield this.#addTriggered(other);
    this.#trackAdded(item.item);
    if (old) yield this.#trackRemoved(old);
  }

  /** Takes away what was installed under a name that goes to another package now. */
  *#settleName(name: NameState): Steps {
    if (name.isInChanges) return;
    name.isInChanges = true;
    if (name.chosen?.package.name !== name.name && name.installedPackage)
      yield this.#remove(name.installedPackage);
  }

  *#addTriggered(name: NameState): Steps {
    const item = name.chosen && this.#problem.packageOf(name.chosen);
    if (!item || name.isInChanges) return;
    if (item.installIf.every((link) => link.name.isInChanges && isChoiceRight(link)))
      yield this.#change(name);
  }

  *#removeTriggered(name: NameState): Steps {
    const item = name.installedPackage;
    if (!item || name.isInChanges || name.chosen) return;
    const isGone = (dependency: Dependency) => {
      const condition = this.#nameOf(dependency);
      return condition.isInChanges && !condition.chosen;
    };
    if (item.installIf.some(isGone)) yield this.#removeOrphan(item);
  }

  *#remove(item: Package): Steps {
    const name = this.#problem.name(item.name);
    const state = this.#problem.stateOf(item);
    if (state.isInChanges || name.chosen?.package.name === item.name) return;
    name.isInChanges = true;
    state.isInChanges = true;
    for (const other of this.#installedDependents(item)) yield this.#remove(other);
    for (const other of name.installedWith) yield this.#removeTriggered(other);
    this.changes.push({ old: item, new: undefined, tag: undefined });
    yield this.#trackRemoved(item);
  }

  /** Installed packages with a dependency that a package meets. */
  #installedDependents(item: Package): Package[] {
    const meets = (dependency: Dependency) => {
      if (dependency.isConflict) return false;
      if (dependency.name === item.name.text) return isMet(dependency, item);
      const provided = item.provides.find(({ name }) => name === dependency.name);
      return (
        provided !== undefined &&
        isMet(dependency, { version: provided.version || undefined, identity: item.identity })
      );
    };
    return this.#problem.universe.installedPackages().filter(({ depends }) => depends.some(meets));
  }

  #nameOf({ name }: Dependency): NameState {
    return this.#problem.name(this.#problem.universe.name(name));
  }
}
