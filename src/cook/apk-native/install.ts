import {
  type ApkPackage,
  type Dependency,
  globToRegExp,
  type InstalledPackage,
  type InstalledScript,
  inflateData,
  requireDependency,
  type ScriptType,
} from '../../formats/apk/index.ts';
import { type Host, throwIfAborted } from '../../host.ts';
import type { Proot } from '../../sandbox/proot.ts';
import {
  type AlpineRepository,
  type Change,
  fetchPackage,
  type Package,
  type RepositoryOptions,
  type Resolution,
  recordFields,
  resolve,
  Universe,
} from '../../sources/alpine/index.ts';
import type { ContentSink } from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { RootDatabase } from './root-database.ts';
import { findScript, ScriptRunner } from './scripts.ts';
import { newInstalledPackage, Transaction } from './transaction.ts';

/** So many packages are fetched and unpacked ahead of the one that is being installed. */
const AHEAD = 4;

/** What an installation will do. */
export interface InstallPlan {
  readonly world: readonly Dependency[];
  readonly resolution: Resolution;
  readonly repositories: readonly AlpineRepository[];
}

export interface InstallMeans {
  readonly ledger: Ledger;
  /** Called when the first script is due. */
  readonly findProot: () => Promise<Proot>;
  readonly source: RepositoryOptions;
  /** Takes the contents of the packages. */
  readonly sink: ContentSink;
  readonly host: Host;
}

/**
 * Plans what `apk add` would do in a root.
 *
 * @param packages as for `apk add`
 * @throws RB_APK_FAILED when they cannot be had together, RB_ARGUMENT for what names no package
 */
export function planInstall(
  tree: Tree,
  packages: readonly string[],
  repositories: readonly AlpineRepository[],
): InstallPlan {
  const database = new RootDatabase(tree);
  const world = new Map(database.world.map((dependency) => [dependency.name, dependency]));
  for (const word of packages) {
    const dependency = requireDependency(word);
    world.set(dependency.name, dependency);
  }
  const universe = new Universe(repositories, Buffer.from(database.text, 'utf8'));
  const resolution = resolve(universe, [...world.values()]);
  return { world: [...world.values()], resolution, repositories };
}

/** When the newest package of a plan was built, in seconds since 1970; 0 when it installs none. */
export function newestBuild({ resolution }: InstallPlan): number {
  const times = resolution.changes.map((change) =>
    Number(recordFields(change.new?.record ?? '').get('t') ?? 0),
  );
  return Math.max(0, ...times);
}

/**
 * Installs packages into a root as apk-tools 2.14 does: files in process, owners by the names that the root has at
 * that moment, local changes kept; scripts under proot at their moments, triggers in the end. Without scripts
 * there is no proot.
 *
 * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED for a package that is not the one of the index: before anything
 *   of it is in the root
 * @throws RB_TREE_CONFLICT, RB_SCRIPT_FAILED, and what fetching throws
 */
export async function install(plan: InstallPlan, means: InstallMeans): Promise<void> {
  const installation = new Installation(plan, means);
  try {
    await installation.run();
  } finally {
    await installation.end();
  }
}

interface Prepared {
  readonly found: ApkPackage;
  /** Undefined for a package without files. */
  readonly tar: Buffer | undefined;
}

class Installation {
  readonly #plan: InstallPlan;
  readonly #means: InstallMeans;
  readonly #transaction: Transaction;
  readonly #scripts: ScriptRunner;
  readonly #mtime: bigint;
  readonly #new = new Set<InstalledPackage>();
  readonly #prepared = new Map<Package, Promise<Prepared>>();

  constructor(plan: InstallPlan, means: InstallMeans) {
    const { ledger, findProot, host } = means;
    this.#plan = plan;
    this.#means = means;
    this.#mtime = BigInt(ledger.epoch) * 1_000_000_000n;
    this.#transaction = new Transaction(ledger.tree, this.#mtime);
    this.#scripts = new ScriptRunner('packages', ledger, findProot, host);
  }

  async run(): Promise<void> {
    const { changes, packages } = this.#plan.resolution;
    const { database, directories } = this.#transaction;
    for (const [index, change] of changes.entries()) {
      throwIfAborted(this.#means.host.signal);
      for (const ahead of changes.slice(index, index + AHEAD)) this.#prepare(ahead);
      await this.#make(change);
    }
    directories.updateAccess([...database.packages.values()]);
    await this.#runTriggers(packages);
    database.world = this.#plan.world;
    database.write(this.#means.source.architecture, this.#mtime, 'packages');
  }

  async end(): Promise<void> {
    await this.#scripts.end();
  }

  /** Begins to fetch and to unpack what a change installs. */
  #prepare({ old, new: item }: Change): void {
    if (!item || item === old || this.#prepared.has(item)) return;
    const { source, host } = this.#means;
    const work = async (): Promise<Prepared> => {
      throwIfAborted(host.signal);
      const found = await fetchPackage(item, this.#plan.repositories, source);
      const what = `${item.name.text}-${item.version}`;
      return { found, tar: item.installedSize === 0 ? undefined : await inflateData(found, what) };
    };
    const promise = work();
    // Its failure is met when its turn comes.
    promise.catch(() => {});
    this.#prepared.set(item, promise);
  }

  async #make({ old, new: item, tag }: Change): Promise<void> {
    const { database } = this.#transaction;
    const before = old && database.packages.get(old.name.text);
    if (!item) {
      if (before) await this.#remove(before);
      return;
    }
    if (item === old) {
      if (before) before.tag = tag;
      return;
    }
    const { found, tar } = await this.#prepared.get(item)!;
    this.#prepared.delete(item);
    const installed = newInstalledPackage(recordFields(item.record), tag);
    const versions = before ? [installed.version, before.version] : [installed.version];
    if (tar) await this.#install(installed, found, tar, before, versions);
    database.packages.delete(installed.name);
    database.packages.set(installed.name, installed);
    if (before) this.#transaction.takeFiles(before);
    this.#new.add(installed);
    await this.#runScript(installed, before ? 'post-upgrade' : 'post-install', versions);
  }

  async #install(
    installed: InstalledPackage,
    found: ApkPackage,
    tar: Buffer,
    before: InstalledPackage | undefined,
    versions: readonly string[],
  ): Promise<void> {
    const { database } = this.#transaction;
    installed.replaces = found.info.replaces;
    installed.replacesPriority = found.info.replacesPriority;
    database.addScripts(scriptsOf(installed, found));
    if (found.info.triggers !== '') database.triggers.set(installed.identity, found.info.triggers);
    await this.#runScript(installed, before ? 'pre-upgrade' : 'pre-install', versions);
    const stored = await this.#means.sink.put([tar]);
    this.#transaction.putFiles(installed, tar, stored);
  }

  async #remove(item: InstalledPackage): Promise<void> {
    await this.#runScript(item, 'pre-deinstall', [item.version]);
    const script = findScript(this.#transaction.database.scripts(item), 'post-deinstall');
    this.#transaction.takeFiles(item);
    if (script) await this.#run(item, script, [item.version]);
  }

  async #runTriggers(packages: readonly Package[]): Promise<void> {
    const { database, directories } = this.#transaction;
    const due = packages.flatMap(({ name }) => {
      const item = database.packages.get(name.text);
      const patterns = item && database.triggers.get(item.identity);
      if (!item || patterns === undefined) return [];
      const globs = patterns
        .split(' ')
        .filter((pattern) => pattern.startsWith('/'))
        .map(globToRegExp);
      const folders = [...directories.walk()]
        .filter(({ isModified }) => isModified || this.#new.has(item))
        .filter(({ path }) => globs.some((glob) => glob.test(path)))
        .map(({ path }) => path);
      return folders.length > 0 ? [{ item, folders }] : [];
    });
    for (const { item, folders } of due) await this.#runScript(item, 'trigger', folders);
  }

  async #runScript(item: InstalledPackage, type: ScriptType, args: readonly string[]): Promise<void> {
    const script = findScript(this.#transaction.database.scripts(item), type);
    if (script) await this.#run(item, script, args);
  }

  async #run(item: InstalledPackage, script: InstalledScript, args: readonly string[]): Promise<void> {
    if (!(await this.#scripts.run({ item, script, args }))) item.broken = 's';
    this.#transaction.rootChanged();
  }
}

function scriptsOf(item: InstalledPackage, { scripts }: ApkPackage): InstalledScript[] {
  return [...scripts].map(([type, body]) => ({
    title: `${item.name}-${item.version}`,
    identity: item.identity,
    type,
    body,
    mtime: Number(item.fields.get('t') ?? 0),
  }));
}
