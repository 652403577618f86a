import { type Amount, Steps } from '../events.ts';
import { breather, type Host, throwIfAborted } from '../host.ts';
import type { Component } from '../sbom/component.ts';
import { type SourceMeans, sourceMeans, watchStore } from '../sources/means.ts';
import { makeTemporaryFolder, temporaryFilesError } from '../store/folder.ts';
import { createSpool, type Spool } from '../store/spool.ts';
import type { Placement } from '../tree/layer.ts';
import { treeTotals } from '../tree/totals.ts';
import type { Tree } from '../tree/tree.ts';
import { readApkDatabase } from './apk/apk-database.ts';
import { loadBase } from './base.ts';
import { forBase } from './content-key.ts';
import { addContents, type PackageTrees } from './contents.ts';
import { digestStep } from './digest/digest-step.ts';
import { chooseEpoch } from './epoch.ts';
import { GuestSteps } from './guest/guest-steps.ts';
import { runHostScript } from './guest/scripts.ts';
import { Ledger } from './ledger/ledger.ts';
import type {
  ContentOptions,
  CookedRoot,
  CookingRoot,
  CookOptions,
  ImageConfig,
  UnmetNeeds,
} from './options.ts';
import { applyOwnerRules } from './owner-rules.ts';
import { Scratch } from './scratch/scratch.ts';
import { prependSearchPath } from './search-path.ts';

/**
 * Cooks a root file system: base, `prepare`, packages, `script`, contents, `path`, `machine`,
 * `cleanup`, owners. Equal options and inputs give an equal tree, whoever cooks it, where and when.
 *
 * A scratch root and proot are used only when a step needs them: a recipe of base and contents works in
 * memory.
 *
 * @throws RB_DIGEST_MISMATCH when the tree has not the sha256 that was asked for
 * @throws RB_PROOT_UNAVAILABLE, RB_APK_FAILED, RB_APK_UNTRUSTED, RB_SCRIPT_FAILED from the steps
 * @throws what loading the inputs throws, and the reason of the host's signal
 */
export async function cook(
  options: CookOptions,
  host: Host,
  means: SourceMeans = sourceMeans(host),
): Promise<CookedRoot> {
  const { sha256: wanted, ...rest } = options;
  const { digest, ...root } = await startCook({ ...rest, ...(wanted && { sha256: wanted }) }, host, means);
  try {
    return { ...root, sha256: await digest! };
  } catch (error) {
    await root.dispose();
    throw error;
  }
}

/**
 * As {@link cook}, but does not wait for the digest: what uses the tree must wait for it before it gives
 * its own result away.
 */
export async function startCook(
  options: CookOptions,
  host: Host,
  means: SourceMeans = sourceMeans(host),
): Promise<CookingRoot> {
  makeTemporaryFolder(host.temporaryDirectory);
  const run = new Cooking(options, means, createSpool(host.temporaryDirectory));
  try {
    return await run.cook();
  } catch (error) {
    await run.dispose();
    throw temporaryFilesError(host.temporaryDirectory, error);
  }
}

class Cooking {
  readonly #options: CookOptions;
  readonly #host: Host;
  readonly #means: SourceMeans;
  readonly #spool: Spool;
  readonly #steps: Steps;
  readonly #guests: GuestSteps;
  #scratch: Scratch | undefined;
  #digest: Promise<string> | undefined;
  #image: ImageConfig | undefined;
  #unmet: readonly UnmetNeeds[] = [];
  /** What contents brought that no database of the root knows. */
  readonly #brought: Component[] = [];

  constructor(options: CookOptions, means: SourceMeans, spool: Spool) {
    const { host } = means;
    this.#options = options;
    this.#host = host;
    this.#means = means;
    this.#spool = spool;
    this.#steps = new Steps(host);
    this.#guests = new GuestSteps(options, means, this.#steps, spool);
  }

  async cook(): Promise<CookingRoot> {
    const options = this.#options;
    const steps = this.#steps;
    const contents = options.contents ?? [];
    const fromStore = watchStore(this.#means);
    const base = await steps.run(
      'base',
      () =>
        forBase('cook.base', options.base, () =>
          loadBase(options.base, this.#spool, this.#means, (config) => {
            this.#image = config;
          }),
        ),
      async (tree) => ({ ...fromStore(), amount: await entriesOf(tree, this.#host) }),
    );
    const debianTrees = await this.#loadDebian(contents);
    const nixTrees = await this.#loadNix(contents);
    await this.#guests.choose(base);
    const archives = [...debianTrees.values()];
    const epoch = await chooseEpoch(this.#host, options.base, base, archives, this.#guests.newestBuild);
    const mtime = BigInt(epoch) * 1_000_000_000n;
    if (this.#usesDisk()) this.#scratch = new Scratch(this.#host.temporaryDirectory);
    const ledger = this.#scratch && new Ledger(base, this.#scratch, epoch);
    if (ledger) await this.#runBefore(ledger);
    const packageTrees = new Map([...debianTrees, ...nixTrees]);
    if (contents.length > 0) {
      const placed = await steps.run('contents', () =>
        addContents(base, contents, packageTrees, mtime, breather(this.#host)),
      );
      await this.#checkPrograms(base, placed, mtime);
    }
    prependSearchPath(base, options.path ?? [], mtime);
    await this.#setUpMachine(base, epoch);
    if (ledger) await this.#runAfter(ledger);
    await applyOwnerRules(base, options.owners ?? [], breather(this.#host));
    return this.#finish(base, epoch);
  }

  /** Removes everything that lies on disk, but for a scratch root that is to be kept. */
  async dispose(): Promise<void> {
    // The digest reads what is about to be removed.
    await this.#digest?.catch(() => {});
    const scratch = this.#scratch;
    this.#scratch = undefined;
    if (scratch && this.#options.keepScratch) {
      scratch.removeControl();
      this.#host.emit({ type: 'message', level: 'info', text: `the scratch root is kept: ${scratch.root}` });
    } else {
      await scratch?.remove();
    }
    this.#spool.close();
  }

  #usesDisk(): boolean {
    const { prepare, packages = [], script, cleanup } = this.#options;
    return (
      this.#guests.isNative || Boolean(prepare) || packages.length > 0 || Boolean(script) || Boolean(cleanup)
    );
  }

  async #loadDebian(contents: readonly ContentOptions[]): Promise<PackageTrees> {
    if (!contents.some((content) => 'deb' in content || 'debian' in content)) return new Map();
    const { debianSummary, loadDebianContents } = await import('./debian-contents.ts');
    const fromStore = watchStore(this.#means);
    const { trees } = await this.#steps.run(
      'debian packages',
      () => loadDebianContents(contents, this.#spool, this.#means, (item) => this.#brought.push(item)),
      (loaded) => ({ ...fromStore(), detail: debianSummary(loaded) }),
    );
    return trees;
  }

  async #loadNix(contents: readonly ContentOptions[]): Promise<PackageTrees> {
    if (!contents.some((content) => 'nix' in content)) return new Map();
    const { loadNixContents } = await import('./nix-contents.ts');
    const fromStore = watchStore(this.#means);
    const { trees } = await this.#steps.run(
      'nix closures',
      () => loadNixContents(contents, this.#means, (found) => this.#brought.push(found)),
      ({ paths, bytes }) => ({
        ...fromStore(),
        amount: { count: bytes, unit: 'bytes' },
        detail: `${paths} store paths`,
      }),
    );
    return trees;
  }

  async #runBefore(ledger: Ledger): Promise<void> {
    const { prepare, directory } = this.#options;
    if (prepare) {
      await this.#steps.run('prepare', () =>
        runHostScript('prepare', prepare, directory, ledger, this.#host),
      );
    }
    await this.#guests.run(ledger);
  }

  /** Tells what the programs of the contents lack; the links that their loaders need are made. */
  async #checkPrograms(tree: Tree, placed: readonly Placement[], mtime: bigint): Promise<void> {
    if (placed.length === 0) return;
    const { checkPrograms, programsWarning } = await import('./elf-check.ts');
    this.#unmet = await checkPrograms(tree, placed, mtime, breather(this.#host));
    if (this.#unmet.length === 0) return;
    this.#host.emit({ type: 'message', level: 'warning', text: programsWarning(this.#unmet) });
  }

  async #setUpMachine(tree: Tree, epoch: number): Promise<void> {
    const { machine } = this.#options;
    if (!machine) return;
    const { applyMachine } = await import('./machine/apply.ts');
    const { emit } = this.#host;
    await this.#steps.run('machine', () => applyMachine(tree, machine, { epoch, emit }));
  }

  async #runAfter(ledger: Ledger): Promise<void> {
    const { cleanup, directory } = this.#options;
    if (!cleanup) return;
    await this.#steps.run('cleanup', () => runHostScript('cleanup', cleanup, directory, ledger, this.#host));
  }

  #finish(tree: Tree, epoch: number): CookingRoot {
    throwIfAborted(this.#host.signal);
    const wanted = this.#options.sha256;
    if (wanted !== false) {
      this.#digest = digestStep(tree, wanted, this.#steps, this.#host);
      // Whoever uses the root waits for it; until then a failure is no unhandled one.
      this.#digest.catch(() => {});
    }
    const packages = [...readApkDatabase(tree).values()].map(({ name, version }) => ({ name, version }));
    const isKept = this.#scratch && this.#options.keepScratch;
    return {
      tree,
      ...(this.#digest && { digest: this.#digest }),
      epoch,
      packages,
      ...(this.#brought.length > 0 && { brought: this.#brought }),
      ...(this.#unmet.length > 0 && { unmet: this.#unmet }),
      isCostly: this.#usesDisk(),
      ...(this.#image && { image: this.#image }),
      ...(isKept && { scratch: this.#scratch!.root }),
      dispose: () => this.dispose(),
    };
  }
}

async function entriesOf(tree: Tree, host: Host): Promise<Amount> {
  const { names } = await treeTotals(tree, breather(host));
  return { count: names, unit: 'entries' };
}
