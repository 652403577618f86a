import { forKey, RootlessBakeError } from '../../errors.ts';
import { writeIndexFile } from '../../formats/apk/index.ts';
import { isHttpUrl } from '../../net/url.ts';
import type { Bind } from '../../sandbox/guest.ts';
import {
  type AlpineRepository,
  type ApkPlan,
  loadRepositories,
  type PinnedPlan,
  type PlannedChange,
  type PlannedInstall,
  pinPlan,
  planInstalls,
} from '../../sources/alpine/index.ts';
import type { SourceMeans } from '../../sources/means.ts';
import type { Resolved } from '../../sources/pins.ts';
import { type GuestRunner, type GuestStep, guestStep } from '../guest/guest-step.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readApkDatabase } from './apk-database.ts';
import type { ApkRequest } from './apk-request.ts';
import { addFailure, apk, failure } from './guest-apk.ts';
import { pinInstalled } from './installed-pin.ts';
import { prepareRepositories, type Repositories, showFolder, writeRepositories } from './repositories.ts';
import { ServedRepositories } from './served-repositories.ts';
import { findAnnounced, readAnnouncement } from './simulation.ts';

const STEP = 'packages';

/** Errors of loading and fetching that the guest's apk would meet as well, or that it must not try to get around. */
const FINAL = [
  'RB_NETWORK',
  'RB_UNAUTHORIZED',
  'RB_OFFLINE',
  'RB_INTERRUPTED',
  'RB_LIMIT_EXCEEDED',
  'RB_STORE_UNUSABLE',
];

/** One `apk add` in a root under proot. */
export class GuestInstallation {
  readonly #request: ApkRequest;
  readonly #lines: readonly string[] | undefined;
  readonly #ledger: Ledger;
  readonly #guests: GuestRunner;
  readonly #means: SourceMeans;

  /** @param lines the repositories of the recipe; undefined: the root's own count */
  constructor(
    request: ApkRequest,
    lines: readonly string[] | undefined,
    ledger: Ledger,
    guests: GuestRunner,
    means: SourceMeans,
  ) {
    this.#request = request;
    this.#lines = lines;
    this.#ledger = ledger;
    this.#guests = guests;
    this.#means = means;
  }

  /** Installs what apk chooses, and tells what it was. */
  async lookUpAndInstall(): Promise<Resolved<PinnedPlan>> {
    const { architecture, keys, repositories } = this.#request;
    const options = { architecture, keys, means: this.#means };
    const loaded = await this.#attempt(() =>
      forKey('cook.repositories', () => loadRepositories(repositories, options)),
    );
    if (!loaded) return await this.#installAlone();
    let served: ServedRepositories | undefined;
    const prepare = (control: string): Repositories => {
      served = new ServedRepositories(control, architecture);
      return this.#serve(served, control, loaded);
    };
    const plan = await guestStep(
      STEP,
      this.#ledger,
      this.#guests,
      prepare,
      this.#means.host,
      async (guest) => {
        const found = await this.#choose(guest, loaded);
        for (const change of found?.changes ?? []) {
          const isFetched = change.type === 'install' && isHttpUrl(loaded[change.repository]!.location);
          if (isFetched) served!.put(change);
        }
        if (found) await this.#add(guest);
        return found;
      },
    );
    return plan ? pinPlan(plan) : await this.#installAlone();
  }

  /**
   * Installs what a lock says: apk has nothing else to choose from.
   *
   * @throws RB_APK_FAILED when that is not what it comes to
   */
  async installPinned(plan: ApkPlan): Promise<void> {
    const { architecture, repositories } = this.#request;
    const installs = plan.changes.filter((change) => change.type === 'install');
    const prepare = (control: string): Repositories => {
      const served = new ServedRepositories(control, architecture);
      const folders = repositories.map((line, index) => {
        const own = installs.filter(({ repository }) => repository === index);
        const place = served.add(index, line, writeIndexFile(own.map(({ record }) => record)));
        for (const install of own) served.put(install);
        return place;
      });
      writeRepositories(folders, this.#ledger.tree, control);
      return { binds: [], packageFolders: repositories.map((_, index) => served.folder(index)) };
    };
    await guestStep(STEP, this.#ledger, this.#guests, prepare, this.#means.host, (guest) =>
      // Each package is the one whose sha256 the lock has.
      this.#add(guest, ['--allow-untrusted']),
    );
    this.#compare(installs);
  }

  /** As the root's apk does it by itself, network and all. */
  async #installAlone(): Promise<Resolved<PinnedPlan>> {
    const { tree } = this.#ledger;
    const { host } = this.#means;
    const before = readApkDatabase(tree);
    let folders: readonly string[] = [];
    const prepare = (control: string): Repositories => {
      const repositories = prepareRepositories(this.#lines, tree, control, host);
      folders = repositories.packageFolders;
      return repositories;
    };
    await guestStep(STEP, this.#ledger, this.#guests, prepare, host, async (guest) => {
      const update = await apk(guest, ['update']);
      if (update.exitCode !== 0) throw failure(update, 'apk update');
      await this.#add(guest);
    });
    return await pinInstalled(before, readApkDatabase(tree), folders, this.#request, this.#means);
  }

  /** What apk says that it would do, with the packages for it; undefined when it cannot be told. */
  async #choose(guest: GuestStep, loaded: readonly AlpineRepository[]): Promise<ApkPlan | undefined> {
    const words = ['add', '--simulate', '--no-progress', '--', ...this.#request.packages];
    const simulation = await apk(guest, words, true);
    if (simulation.exitCode !== 0) throw await addFailure(simulation, guest);
    const announced = readAnnouncement(simulation.lastLines);
    const chosen = announced && findAnnounced(announced, loaded);
    if (!chosen) {
      this.#tell('it chooses packages that are not found in its repositories');
      return undefined;
    }
    const { architecture } = this.#request;
    const installs = await this.#attempt(() => planInstalls(chosen, loaded, architecture, this.#means));
    if (!installs) return undefined;
    const pending = [...installs];
    const changes = announced.map(
      ({ name, version }): PlannedChange =>
        version === undefined ? { type: 'remove', name } : pending.shift()!,
    );
    return { architecture, changes, triggers: announced.map(({ name }) => name) };
  }

  /** Repositories of the network as folders with their index, and folders as they are. */
  #serve(served: ServedRepositories, control: string, loaded: readonly AlpineRepository[]): Repositories {
    const binds: Bind[] = [];
    const packageFolders: string[] = [];
    const lines = loaded.map((repository, place) => {
      if (isHttpUrl(repository.location)) {
        packageFolders.push(served.folder(place));
        return served.add(place, repository, repository.signed);
      }
      const shown = showFolder(repository, place);
      binds.push(shown.bind);
      packageFolders.push(...shown.packageFolders);
      return shown.line;
    });
    writeRepositories(lines, this.#ledger.tree, control);
    return { binds, packageFolders };
  }

  async #add(guest: GuestStep, options: readonly string[] = []): Promise<void> {
    const add = await apk(guest, ['add', '--no-progress', ...options, '--', ...this.#request.packages]);
    if (add.exitCode !== 0) throw await addFailure(add, guest);
  }

  /** Undefined when it failed for a reason that apk itself may see in another way, or can say better. */
  async #attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const isOurs = error instanceof RootlessBakeError && !FINAL.includes(error.code);
      if (!isOurs || this.#means.host.offline) throw error;
      this.#tell(error.message);
      return undefined;
    }
  }

  #tell(reason: string): void {
    const text = `the root's own apk fetches its packages itself: ${reason}`;
    this.#means.host.emit({ type: 'message', level: 'info', text });
  }

  #compare(installs: readonly PlannedInstall[]): void {
    const installed = readApkDatabase(this.#ledger.tree);
    const wrong = installs.find(({ name, identity }) => installed.get(name)?.checksum !== identity);
    if (!wrong) return;
    throw new RootlessBakeError(
      'RB_APK_FAILED',
      `apk has not installed ${wrong.name}-${wrong.version}, which the lock says`,
      { hint: 'look the packages up anew: lock --update packages' },
    );
  }
}
