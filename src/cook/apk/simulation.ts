import { type AlpineRepository, type ChosenPackage, Universe } from '../../sources/alpine/index.ts';

/** A change that `apk add --simulate` has announced. */
export interface AnnouncedChange {
  readonly name: string;
  /** Undefined when the package goes. */
  readonly version: string | undefined;
  readonly tag: string | undefined;
}

/** `print_change` of apk-tools 2, src/commit.c. */
const CHANGE = /^\(\s*\d+\/(\d+)\) (\w+) ([^\s@]+)(?:@(\S+))? \((?:.* -> )?(\S+)\)$/;

/**
 * Reads what apk has announced.
 *
 * @returns undefined when not every change of its own count was understood
 */
export function readAnnouncement(lines: readonly string[]): AnnouncedChange[] | undefined {
  let count = 0;
  const changes: AnnouncedChange[] = [];
  for (const line of lines) {
    if (/^\(\s*\d+\/\d+\)/.test(line)) count += 1;
    const [, total, verb, name, tag, version] = CHANGE.exec(line) ?? [];
    if (total === undefined) continue;
    changes.push({ name: name!, tag, version: verb === 'Purging' ? undefined : version });
  }
  return count === changes.length ? changes : undefined;
}

/**
 * Finds the packages of announced changes in the repositories that apk has chosen them from.
 *
 * @returns undefined when one of them is in no repository, or there are several of its name and version
 */
export function findAnnounced(
  changes: readonly AnnouncedChange[],
  repositories: readonly AlpineRepository[],
): ChosenPackage[] | undefined {
  const universe = new Universe(repositories, Buffer.alloc(0));
  const chosen: ChosenPackage[] = [];
  for (const { name, version, tag } of changes) {
    if (version === undefined) continue;
    const found = universe
      .name(name)
      .providers.filter((provider) => provider.package.name.text === name && provider.version === version);
    if (found.length !== 1) return undefined;
    chosen.push({ item: found[0]!.package, tag });
  }
  return chosen;
}
