import { forKey, RootlessBakeError } from '../../errors.ts';
import type { Steps } from '../../events.ts';
import { warnAboutGlibc } from '../../sandbox/glibc.ts';
import { findProot, type Proot } from '../../sandbox/proot.ts';
import type { SourceMeans } from '../../sources/means.ts';
import type { Spool } from '../../store/spool.ts';
import type { Tree } from '../../tree/tree.ts';
import { readApkDatabase } from '../apk/apk-database.ts';
import { installPackages } from '../apk/packages.ts';
import type { NativePackages } from '../apk-native/native-packages.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { CookOptions } from '../options.ts';
import { runScript } from './scripts.ts';

const PACKAGES = 'cook.packages';

/** The steps that may run programs of the root: packages, by its own apk or in process, and the script. */
export class GuestSteps {
  readonly #options: CookOptions;
  readonly #means: SourceMeans;
  readonly #steps: Steps;
  readonly #spool: Spool;
  #native: NativePackages | undefined;

  constructor(options: CookOptions, means: SourceMeans, steps: Steps, spool: Spool) {
    this.#options = options;
    this.#means = means;
    this.#steps = steps;
    this.#spool = spool;
  }

  /** Chooses the packages that are installed in process, before anything is changed. */
  async choose(base: Tree): Promise<void> {
    const { base: from, apk, packages = [] } = this.#options;
    if (!('alpine' in from) && (apk !== 'native' || packages.length === 0)) return;
    this.#native = await this.#choosePackages(base);
  }

  /** Whether packages were chosen, to be installed in process. */
  get isNative(): boolean {
    return this.#native !== undefined;
  }

  /** When the newest of them was built, in seconds since 1970. */
  get newestBuild(): number | undefined {
    return this.#native?.newestBuild;
  }

  /** @throws RB_PROOT_UNAVAILABLE, RB_APK_FAILED, RB_APK_UNTRUSTED, RB_SCRIPT_FAILED */
  async run(ledger: Ledger): Promise<void> {
    const { packages = [], repositories, script } = this.#options;
    if (this.#native) {
      await this.#installNatively(this.#native, ledger, () => this.#findProot(ledger.tree));
    }
    const isGuestApk = packages.length > 0 && !this.#native;
    if (!isGuestApk && !script) return;
    const proot = await this.#findProot(ledger.tree).catch((error: unknown) => {
      if (script || !isUnavailable(error)) throw error;
      return error;
    });
    if (isUnavailable(proot)) return await this.#installWithoutProot(proot, ledger);
    if (isGuestApk) {
      await this.#steps.run(
        'packages',
        () => forKey(PACKAGES, () => installPackages(this.#options, ledger, proot, this.#means)),
        () => `${readApkDatabase(ledger.tree).size} packages`,
      );
    }
    if (script) {
      const { host } = this.#means;
      await this.#steps.run('script', () => runScript(script, repositories, ledger, proot, host));
    }
  }

  async #choosePackages(tree: Tree): Promise<NativePackages> {
    const { planPackages } = await import('../apk-native/native-packages.ts');
    return this.#steps.run(
      'choose packages',
      () => forKey(PACKAGES, () => planPackages(this.#options, tree, this.#means)),
      ({ plan }) => `${plan.changes.length} changes`,
    );
  }

  /** Where no proot runs, packages can be installed whose scripts need not run. */
  async #installWithoutProot(reason: RootlessBakeError, ledger: Ledger): Promise<void> {
    const text = 'no proot runs here: the packages are installed in process, as with apk: native';
    this.#means.host.emit({ type: 'message', level: 'info', text });
    const native = await this.#choosePackages(ledger.tree);
    await this.#installNatively(native, ledger, () => Promise.reject(reason));
  }

  async #installNatively(
    { plan }: NativePackages,
    ledger: Ledger,
    find: () => Promise<Proot>,
  ): Promise<void> {
    const { install } = await import('../apk-native/install.ts');
    const means = { ledger, findProot: find, sink: this.#spool, host: this.#means.host };
    await this.#steps.run(
      'packages',
      () => forKey(PACKAGES, () => install(plan, means)),
      () => `${readApkDatabase(ledger.tree).size} packages`,
    );
  }

  async #findProot(tree: Tree): Promise<Proot> {
    warnAboutGlibc(tree, this.#means.host);
    return findProot(this.#means.host);
  }
}

function isUnavailable(value: unknown): value is RootlessBakeError {
  return value instanceof RootlessBakeError && value.code === 'RB_PROOT_UNAVAILABLE';
}
