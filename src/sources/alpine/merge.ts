import type { NameState, Option, PackageState } from './solver-state.ts';

/** What the options of a name have in common: names count how many of the options lead to them. */
export class Merge {
  options = 0;
  first: PackageState | undefined;
  hasForbiddenTags = false;

  add(item: PackageState, provider: Option): void {
    item.isMerged = true;
    this.first ??= item;
    for (const { dependency, name } of item.depends) {
      if (!dependency.isConflict && name.mergedDepends === this.options) name.mergedDepends += 1;
    }
    this.#provide(item.own, provider.version === undefined);
    for (const { dependency, name } of item.provides) this.#provide(name, dependency.version === '');
    if (!item.isTagAllowed) this.hasForbiddenTags = true;
    this.options += 1;
  }

  /** True once for each name that all options depend on. */
  isCommon(name: NameState): boolean {
    const isCommon = name.mergedDepends === this.options;
    name.mergedDepends = 0;
    return isCommon;
  }

  /** True once for each name that all options provide. */
  isProvidedByAll(name: NameState): boolean {
    const isProvided = name.mergedProvides === this.options;
    name.mergedProvides = 0;
    return isProvided;
  }

  #provide(name: NameState, isUnversioned: boolean): void {
    if (name.mergedProvides !== this.options) return;
    name.mergedProvides += 1;
    if (isUnversioned) name.hasUnversionedProviders = true;
  }
}
