import type { Dependency } from '../../formats/apk/index.ts';
import type { Name, Package, Provider } from './universe.ts';

/** What a resolution knows of a name so far. */
export interface NameState {
  readonly name: Name;
  readonly providers: readonly Option[];
  /** Names with packages that depend on this one; filled after all names are found. */
  readonly dependents: NameState[];
  /** Names with packages that are to be installed if this one is. */
  readonly installedWith: NameState[];
  /** The length of the longest chain of dependencies below it, which decides who is chosen first. */
  depth: number;
  /** How many of what is wanted ask for it. */
  requirers: number;
  /** 0: only packages of this name; 1: others provide it, too; 2: only others do. */
  readonly kind: number;
  chosen: Provider | undefined;
  isLocked: boolean;
  hasOptions: boolean;
  /** A package of it has all that it is to be installed with. */
  isTriggered: boolean;
  /** None of its packages can be installed by the presence of others. */
  isNeverTriggered: boolean;
  mustCheckDependencies: boolean;
  mustCheckTriggers: boolean;
  areDependentsDone: boolean;
  isDirty: boolean;
  isUnresolved: boolean;
  /** Counters of a merge over the options of another name. */
  mergedDepends: number;
  mergedProvides: number;
  hasUnversionedProviders: boolean;
  /** For the list of changes. */
  installedPackage: Package | undefined;
  installedName: NameState | undefined;
  isInChanges: boolean;
}

/** What a resolution knows of a package so far. */
export interface PackageState {
  readonly item: Package;
  /** The state of its own name. */
  readonly own: NameState;
  readonly depends: readonly Link[];
  readonly provides: readonly Link[];
  readonly installIf: readonly Link[];
  depth: number;
  isSelectable: boolean;
  conflicts: number;
  /** Bits of tags: 1 for the repositories without one. */
  allowedTags: number;
  isTagAllowed: boolean;
  isTagPreferred: boolean;
  isTriggered: boolean;
  isTriggerFailed: boolean;
  isMerged: boolean;
  wasMerged: boolean;
  hasError: boolean;
  isInChanges: boolean;
}

/** A provider with the state of its package, where a discovered name leads to it. */
export interface Option extends Provider {
  readonly state: PackageState | undefined;
}

/** A dependency with the state of its name. */
export interface Link {
  readonly dependency: Dependency;
  readonly name: NameState;
}

export function newNameState(name: Name, providers: readonly Option[]): NameState {
  const others = name.providers.filter((provider) => provider.package.name !== name).length;
  return {
    name,
    providers,
    dependents: [],
    installedWith: [],
    depth: 0,
    requirers: 0,
    kind: others === 0 ? 0 : others === name.providers.length ? 2 : 1,
    chosen: undefined,
    isLocked: false,
    hasOptions: false,
    isTriggered: false,
    isNeverTriggered: true,
    mustCheckDependencies: false,
    mustCheckTriggers: false,
    areDependentsDone: false,
    isDirty: false,
    isUnresolved: false,
    mergedDepends: 0,
    mergedProvides: 0,
    hasUnversionedProviders: false,
    installedPackage: undefined,
    installedName: undefined,
    isInChanges: false,
  };
}
