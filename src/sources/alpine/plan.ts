import { indexRecord } from '../../formats/apk/index.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import type { SourceMeans } from '../means.ts';
import { damagedPin, type PinRequest, type Resolved } from '../pins.ts';
import { goneFromRepositories, type PackageFile, PackageFiles, type WantedPackage } from './package-files.ts';
import { type AlpineRepository, placeIn, type RepositoryLine } from './repository.ts';
import type { Resolution } from './resolve.ts';
import type { Package } from './universe.ts';

/** One step of an installation; what it replaces is what the root has of that name. */
export type PlannedChange = PlannedInstall | PlannedRemoval | PlannedTag;

export interface PlannedInstall {
  readonly type: 'install';
  readonly name: string;
  readonly version: string;
  /** `Q1` and the base64 SHA-1 of the control member. */
  readonly identity: string;
  /** As the index says it; a package for all architectures has that of its repository. */
  readonly architecture: string;
  /** The tag of the repository that it comes from. */
  readonly tag: string | undefined;
  /** The place of its repository among the lines. */
  readonly repository: number;
  /** Its lines in the index. */
  readonly record: string;
  readonly file: PackageFile;
}

export interface PlannedRemoval {
  readonly type: 'remove';
  readonly name: string;
}

/** The package stays, and counts as one of another repository from then on. */
export interface PlannedTag {
  readonly type: 'tag';
  readonly name: string;
  readonly tag: string | undefined;
}

/** All that an installation needs, once indexes have been read: its packages are on this machine. */
export interface ApkPlan {
  /** Such as `x86_64`. */
  readonly architecture: string;
  /** In the order in which they are made. */
  readonly changes: readonly PlannedChange[];
  /** Names of packages, in the order in which their triggers run. */
  readonly triggers: readonly string[];
}

/** What a lock keeps of a change; the sizes and digests of packages are those of the pin's files, in this order. */
type PinnedChange =
  | {
      readonly install: string;
      readonly version: string;
      readonly identity: string;
      readonly architecture: string;
      readonly repository: number;
      readonly tag?: string;
      /** Its lines in the index, where the package itself says something else. */
      readonly record?: string;
    }
  | { readonly remove: string }
  | { readonly retag: string; readonly tag?: string };

/** What a lock keeps of a plan. */
export interface PinnedPlan {
  readonly architecture: string;
  readonly changes: readonly PinnedChange[];
  readonly triggers: readonly string[];
}

/** A package that is to be installed, and where it comes from. */
export interface ChosenPackage {
  readonly item: Pick<Package, 'version' | 'identity' | 'record' | 'repositories'> & {
    readonly name: { readonly text: string };
  };
  readonly tag: string | undefined;
}

/**
 * Finds the packages of a resolution, from the first repository that has them, folders first.
 *
 * @throws what {@link PackageFiles.fetch} throws
 */
export async function planOf(
  { changes, packages }: Resolution,
  repositories: readonly AlpineRepository[],
  architecture: string,
  means: SourceMeans,
): Promise<ApkPlan> {
  const chosen = changes.flatMap(({ old, new: item, tag }) => (item && item !== old ? [{ item, tag }] : []));
  const installs = await planInstalls(chosen, repositories, architecture, means);
  const pending = [...installs];
  return {
    architecture,
    changes: changes.map(({ old, new: item, tag }): PlannedChange => {
      if (!item) return { type: 'remove', name: old!.name.text };
      return item === old ? { type: 'tag', name: item.name.text, tag } : pending.shift()!;
    }),
    triggers: packages.map(({ name }) => name.text),
  };
}

/** @throws what {@link PackageFiles.fetch} throws */
export async function planInstalls(
  chosen: readonly ChosenPackage[],
  repositories: readonly AlpineRepository[],
  architecture: string,
  means: SourceMeans,
): Promise<PlannedInstall[]> {
  const found = chosen.map(({ item, tag }) => {
    const repository = repositoryOf(item, repositories);
    const name = item.name.text;
    return {
      type: 'install' as const,
      name,
      version: item.version,
      identity: item.identity,
      architecture: /^A:(.+)$/m.exec(item.record)?.[1] ?? architecture,
      tag,
      repository,
      record: item.record,
    };
  });
  const wanted = found.map((item) => wantedFrom(item, repositories, architecture));
  const files = await new PackageFiles(means).fetchAll(wanted);
  return found.map((item, index) => ({ ...item, file: files[index]! }));
}

/** What a lock is to keep of a plan. */
export function pinPlan({ architecture, changes, triggers }: ApkPlan): Resolved<PinnedPlan> {
  const installs = changes.filter((change) => change.type === 'install');
  const due = new Set(installs.filter(({ file }) => file.info.triggers !== '').map(({ name }) => name));
  const installed = new Set(installs.map(({ name }) => name));
  return {
    value: {
      architecture,
      changes: changes.map(pinChange),
      // Of packages that were there before it is the root that knows.
      triggers: triggers.filter((name) => due.has(name) || !installed.has(name)),
    },
    files: installs.map(({ file: { url, sha256, size } }) => ({ url, sha256, size })),
    versions: Object.fromEntries(installs.map(({ name, version }) => [name, version])),
  };
}

/**
 * Finds the packages of a plan that a lock has kept, without any index.
 *
 * @param lines the repositories of the request, in their order
 * @throws RB_LOCK_INVALID for what is no plan, and what {@link PackageFiles.fetch} throws
 */
export async function pinnedPlan(
  { value, files }: Resolved<unknown>,
  request: PinRequest,
  lines: readonly RepositoryLine[],
  means: SourceMeans,
): Promise<ApkPlan> {
  if (!isPinnedPlan(value)) throw damagedPin(request);
  const { architecture, changes, triggers } = value;
  const installs = changes.filter((change) => 'install' in change);
  const areThere = installs.every(({ repository }) => lines[repository] !== undefined);
  if (installs.length !== files.length || !areThere) throw damagedPin(request);
  const found = installs.map(({ install, tag, ...rest }) => ({ ...rest, name: install, tag }));
  const wanted = found.map((item, index) => {
    const { sha256, size } = files[index]!;
    return { ...wantedFrom(item, lines, architecture), sha256, size };
  });
  const fetched = await new PackageFiles(means).fetchAll(wanted);
  const pending = found.map((item, index): PlannedInstall => {
    const file = fetched[index]!;
    return { type: 'install', ...item, record: item.record ?? ownRecord(item, file), file };
  });
  return {
    architecture,
    changes: changes.map((change): PlannedChange => {
      if ('install' in change) return pending.shift()!;
      if ('remove' in change) return { type: 'remove', name: change.remove };
      return { type: 'tag', name: change.retag, tag: change.tag };
    }),
    triggers,
  };
}

function repositoryOf(
  { repositories: bits, name, version }: ChosenPackage['item'],
  repositories: readonly AlpineRepository[],
): number {
  const having = [...repositories.keys()].filter((index) => (bits & (1 << (index + 1))) !== 0);
  const found = having.find((index) => !isHttpUrl(repositories[index]!.location)) ?? having[0];
  if (found === undefined) throw goneFromRepositories(name.text, version);
  return found;
}

function wantedFrom(
  item: Pick<PlannedInstall, 'name' | 'version' | 'identity' | 'repository'>,
  lines: readonly RepositoryLine[],
  architecture: string,
): WantedPackage {
  const { name, version, identity, repository } = item;
  const place = placeIn(lines[repository]!.location, architecture, `${name}-${version}.apk`);
  return { name, version, identity, place };
}

function pinChange(change: PlannedChange): PinnedChange {
  switch (change.type) {
    case 'install': {
      const { name, version, identity, architecture, repository, tag, record, file } = change;
      return {
        install: name,
        version,
        identity,
        architecture,
        repository,
        ...(tag !== undefined && { tag }),
        ...(record.trim() !== ownRecord(change, file).trim() && { record }),
      };
    }
    case 'remove':
      return { remove: change.name };
    case 'tag':
      return { retag: change.name, ...(change.tag !== undefined && { tag: change.tag }) };
  }
}

/** What an index would say of a package that it is made from. */
function ownRecord(
  { identity, architecture }: Pick<PlannedInstall, 'identity' | 'architecture'>,
  { info, size }: PackageFile,
): string {
  return indexRecord({ info, identity, architecture, size });
}

function isPinnedPlan(value: unknown): value is PinnedPlan {
  if (typeof value !== 'object' || value === null) return false;
  const { architecture, changes, triggers } = value as Record<string, unknown>;
  return (
    isName(architecture) &&
    Array.isArray(changes) &&
    changes.every(isPinnedChange) &&
    Array.isArray(triggers) &&
    triggers.every(isName)
  );
}

function isPinnedChange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const change = value as Record<string, unknown>;
  if (change['tag'] !== undefined && !isName(change['tag'])) return false;
  if ('remove' in change) return isName(change['remove']);
  if ('retag' in change) return isName(change['retag']);
  const { install, version, identity, architecture, repository, record } = change;
  return (
    isName(install) &&
    isName(version) &&
    isName(architecture) &&
    typeof identity === 'string' &&
    ['string', 'undefined'].includes(typeof record) &&
    Number.isInteger(repository)
  );
}

/** A word that may stand in a file name. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && /^[^/\s]+$/.test(value);
}

/** The repositories of a request, without credentials and as seen from the recipe's folder. */
export function pinnedLines(lines: readonly RepositoryLine[], means: SourceMeans): string[] {
  return lines.map(({ location, tag }) => {
    const place = isHttpUrl(location) ? redactUrl(location) : means.pins.place(location);
    return tag === undefined ? place : `@${tag} ${place}`;
  });
}
