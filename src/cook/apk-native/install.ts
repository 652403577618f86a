import {
  type ApkPackage,
  type Dependency,
  globToRegExp,
  type InstalledPackage,
  type InstalledScript,
  type ScriptType,
} from '../../formats/apk/index.ts';
import { type Host, throwIfAborted } from '../../host.ts';
import type { Proot } from '../../sandbox/proot.ts';
import {
  type ApkPlan,
  type PackageFile,
  type PlannedInstall,
  recordFields,
} from '../../sources/alpine/index.ts';
import type { ContentSink } from '../../tree/content.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { findScript, ScriptRunner } from './scripts.ts';
import { newInstalledPackage, Transaction } from './transaction.ts';
import { UnpackAhead, type UnpackedPackage } from './unpack-ahead.ts';

/** What an installation will do. */
export interface InstallPlan extends ApkPlan {
  readonly world: readonly Dependency[];
}

export interface InstallMeans {
  readonly ledger: Ledger;
  /** Called when the first script is due. */
  readonly findProot: () => Promise<Proot>;
  /** Takes the contents of the packages. */
  readonly sink: ContentSink;
  readonly host: Host;
}

/**
 * Installs packages into a root as apk-tools 2.14 does: files in process, owners by the names that the root has at
 * that moment, local changes kept; scripts under proot at their moments, triggers in the end. Without scripts
 * there is no proot.
 *
 * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED for a package that is not the one of the index: before anything
 *   of it is in the root
 * @throws RB_TREE_CONFLICT, RB_SCRIPT_FAILED, and what `findProot` throws
 */
export async function install(plan: InstallPlan, means: InstallMeans): Promise<void> {
  const installation = new Installation(plan, means);
  try {
    await installation.run();
  } finally {
    await installation.end();
  }
}

class Installation {
  readonly #plan: InstallPlan;
  readonly #host: Host;
  readonly #transaction: Transaction;
  readonly #scripts: ScriptRunner;
  readonly #unpacked: UnpackAhead;
  readonly #mtime: bigint;
  readonly #new = new Set<InstalledPackage>();

  constructor(plan: InstallPlan, { ledger, findProot, sink, host }: InstallMeans) {
    const installs = plan.changes.filter((change) => change.type === 'install');
    this.#unpacked = new UnpackAhead(installs, sink, host);
    this.#plan = plan;
    this.#host = host;
    this.#mtime = BigInt(ledger.epoch) * 1_000_000_000n;
    this.#transaction = new Transaction(ledger.tree, this.#mtime);
    this.#scripts = new ScriptRunner('packages', ledger, findProot, host);
    if (installs.some(({ name, file }) => willRun(file, this.#transaction.database.packages.has(name)))) {
      this.#scripts.expect();
    }
  }

  async run(): Promise<void> {
    const { database, directories } = this.#transaction;
    for (const change of this.#plan.changes) {
      throwIfAborted(this.#host.signal);
      const before = database.packages.get(change.name);
      if (change.type === 'install') await this.#install(change, before);
      else if (before && change.type === 'remove') await this.#remove(before);
      else if (before && change.type === 'tag') before.tag = change.tag;
    }
    directories.updateAccess([...database.packages.values()]);
    await this.#runTriggers();
    this.#unpacked.release();
    database.world = this.#plan.world;
    database.write(this.#plan.architecture, this.#mtime, 'packages');
  }

  async end(): Promise<void> {
    await this.#scripts.end();
  }

  async #install(change: PlannedInstall, before: InstalledPackage | undefined): Promise<void> {
    const { database } = this.#transaction;
    const unpacked = await this.#unpacked.take();
    const installed = newInstalledPackage(recordFields(change.record), change.tag);
    const versions = before ? [installed.version, before.version] : [installed.version];
    await this.#putFiles(installed, unpacked, before, versions);
    database.packages.delete(installed.name);
    database.packages.set(installed.name, installed);
    if (before) this.#transaction.takeFiles(before);
    this.#new.add(installed);
    await this.#runScript(installed, before ? 'post-upgrade' : 'post-install', versions);
  }

  async #putFiles(
    installed: InstalledPackage,
    { found, data }: UnpackedPackage,
    before: InstalledPackage | undefined,
    versions: readonly string[],
  ): Promise<void> {
    if (!data) return;
    const { database } = this.#transaction;
    installed.replaces = found.info.replaces;
    installed.replacesPriority = found.info.replacesPriority;
    database.addScripts(scriptsOf(installed, found));
    if (found.info.triggers !== '') database.triggers.set(installed.identity, found.info.triggers);
    await this.#runScript(installed, before ? 'pre-upgrade' : 'pre-install', versions);
    this.#transaction.putFiles(installed, data);
  }

  async #remove(item: InstalledPackage): Promise<void> {
    await this.#runScript(item, 'pre-deinstall', [item.version]);
    const script = findScript(this.#transaction.database.scripts(item), 'post-deinstall');
    this.#transaction.takeFiles(item);
    if (script) await this.#run(item, script, [item.version]);
  }

  /** Those of packages that the plan does not name come last. */
  async #runTriggers(): Promise<void> {
    const { database, directories } = this.#transaction;
    const names = new Set([...this.#plan.triggers, ...database.packages.keys()]);
    const due = [...names].flatMap((name) => {
      const item = database.packages.get(name);
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
    const run = this.#scripts.run({ item, script, args });
    if (!(await this.#unpacked.during(run))) item.broken = 's';
    this.#unpacked.release();
    this.#transaction.rootChanged();
  }
}

/** True when a package brings a script that is run whatever else is installed. */
function willRun({ scripts }: PackageFile, isUpgrade: boolean): boolean {
  const moment = isUpgrade ? 'upgrade' : 'install';
  return scripts.includes(`pre-${moment}`) || scripts.includes(`post-${moment}`);
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
