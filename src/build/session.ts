import type { BakeTarget } from '../bake/options.ts';
import { checkTreeDigest } from '../cook/digest/check-tree-digest.ts';
import type { CookingRoot } from '../cook/options.ts';
import { Steps, type StepTime } from '../events.ts';
import type { Host } from '../host.ts';
import type { Cake } from '../recipe/cake.ts';
import type { SbomRoot } from '../sbom/sbom.ts';
import { type SourceMeans, sourceMeans } from '../sources/means.ts';
import { InputDigests } from '../store/input-digests.ts';
import { createSpool } from '../store/spool.ts';
import { type ImageFacts, KeptResults } from './kept.ts';
import { cookInputs, portableDigests } from './local-inputs.ts';
import { checkLocal, type LockSession, openLock } from './lock.ts';
import type { BakedCake, BuildOptions, InputSummary } from './options.ts';

/** One build: its means, its lock, and what earlier builds have kept. */
export class Build {
  readonly steps: Steps;
  readonly means: SourceMeans;
  readonly session: LockSession;
  readonly kept: KeptResults;
  readonly #cake: Cake;
  readonly #options: BuildOptions;
  #isRestored = false;

  private constructor(
    cake: Cake,
    options: BuildOptions,
    means: SourceMeans,
    session: LockSession,
    kept: KeptResults,
  ) {
    this.steps = new Steps(means.host);
    this.means = means;
    this.session = session;
    this.kept = kept;
    this.#cake = cake;
    this.#options = options;
  }

  static async open(
    cake: Cake,
    options: BuildOptions,
    host: Host,
    update?: readonly string[],
  ): Promise<Build> {
    const { lockFile = cake.lockFile, locked = false } = options;
    for (const file of options.sboms ?? []) (await import('../sbom/write-sbom.ts')).checkSbom(file);
    const session = openLock(cake, lockFile || undefined, locked, update);
    const means = sourceMeans(host, session.pins);
    const kept = await KeptResults.open(cake, means);
    if (locked) checkLocal(session, await localDigests(cake, means));
    return new Build(cake, options, means, session, kept);
  }

  /** The image of an earlier build, at its place. */
  async image(target: BakeTarget): Promise<BakedCake | undefined> {
    if (this.#options.rebuild || target.volume) return undefined;
    const { path, force } = target;
    const start = this.means.host.now();
    const accept = (image: ImageFacts): void => this.#checkDigest(image.tree);
    const restored = await this.kept.restoreImage(path, { accept, ...(force !== undefined && { force }) });
    if (!restored) return undefined;
    const { result, root, tree, ...image } = restored;
    const times = [this.#told('kept image', start)];
    await this.#warnAgain(root);
    return {
      path,
      ...image,
      ...result,
      ...(tree !== undefined && { cookedSha256: tree }),
      packages: root.packages,
      inputs: await this.inputs(),
      times,
    };
  }

  /**
   * The root of an earlier build, or a new one.
   *
   * @param needsDigest also when the recipe wants none
   */
  async root({ needsDigest = false }: { needsDigest?: boolean } = {}): Promise<CookingRoot> {
    const { host } = this.means;
    const options = this.#cookOptions();
    const start = host.now();
    const restored = this.#options.rebuild ? undefined : await this.kept.restoreRoot();
    if (!restored) {
      const { sha256, ...others } = options;
      const { startCook } = await import('../cook/cook.ts');
      return await startCook(needsDigest && !sha256 ? others : options, host, this.means);
    }
    this.#isRestored = true;
    const { tree, sha256, facts } = restored;
    this.#checkDigest(sha256);
    this.#told('kept root', start);
    await this.#warnAgain(facts);
    return { ...facts, tree, digest: Promise.resolve(sha256), dispose: async () => {} };
  }

  /** Looks up what a bake takes beside the root, without baking. */
  async lookUpForBake(root: CookingRoot): Promise<void> {
    const { bake: options } = this.#cake;
    if (!options) return;
    const { readBakeInputs } = await import('../bake/inputs.ts');
    const spool = createSpool(this.means.host.temporaryDirectory);
    try {
      await readBakeInputs(options, root.tree, spool, this.means, this.steps);
    } finally {
      spool.close();
    }
  }

  /** Keeps a root that took guests to cook, and tells what was looked up. */
  async finish(root: CookingRoot): Promise<void> {
    if (!this.#isRestored && root.isCostly) await this.kept.keepRoot(root, this.#cake.name);
    await this.#tellInputs();
  }

  /** Writes the bills of materials that were asked for. */
  async describe(root: SbomRoot): Promise<void> {
    const { sboms = [] } = this.#options;
    if (sboms.length === 0) return;
    const { writeSbom } = await import('../sbom/write-sbom.ts');
    await this.steps.run('bill of materials', async () => {
      for (const file of sboms) await writeSbom(file, root, this.#cake.name, this.means.host);
    });
  }

  /** The same of an image, and of the root in it, which is restored or cooked again when it is not at hand. */
  async describeImage(
    { sha256, bootPackages }: Pick<BakedCake, 'sha256' | 'bootPackages'>,
    root?: CookingRoot,
  ): Promise<void> {
    if (!this.#options.sboms?.length) return;
    const inside = root ?? (await this.root());
    try {
      const brought = [...(inside.brought ?? []), ...bootPackages];
      await this.describe({ ...inside, sha256, brought });
    } finally {
      if (!root) await inside.dispose();
    }
  }

  async inputs(): Promise<InputSummary[]> {
    const pins = await this.means.pins.used();
    return pins.map(({ kind, name, versions, files }) => ({
      kind,
      name,
      files,
      ...(versions && { versions }),
    }));
  }

  /** What is not pinned is said in so many words. */
  async #tellInputs(): Promise<void> {
    const { pins, host } = this.means;
    for (const pin of await pins.used()) {
      if (pin.isFixed || pins.knows(pin)) continue;
      const versions = Object.entries(pin.versions ?? {}).map(([name, version]) => `${name} ${version}`);
      if (versions.length === 0) continue;
      const text = `${pin.kind} ${pin.name} came to ${versions.join(', ')}`;
      host.emit({ type: 'message', level: 'info', text });
    }
  }

  /** What is missing in a root is missing in a kept one as well. */
  async #warnAgain({ unmet = [] }: Pick<CookingRoot, 'unmet'>): Promise<void> {
    if (unmet.length === 0) return;
    const { programsWarning } = await import('../cook/elf-check.ts');
    this.means.host.emit({ type: 'message', level: 'warning', text: programsWarning(unmet) });
  }

  /** Tells of a step that an earlier run has spared this one. */
  #told(step: string, start: number): StepTime {
    const { emit, now } = this.means.host;
    const milliseconds = now() - start;
    emit({ type: 'step-start', step });
    const facts = { outcome: 'done', cached: true, detail: 'nothing has changed' } as const;
    emit({ type: 'step-end', step, milliseconds, ...facts });
    return { step, milliseconds };
  }

  #cookOptions(): Cake['cook'] {
    const { cook } = this.#cake;
    const tree = this.#options.locked ? this.session.lock?.tree : undefined;
    return { ...cook, ...(cook.sha256 === undefined && tree !== undefined && { sha256: tree }) };
  }

  #checkDigest(sha256: string | undefined): void {
    const wanted = this.#cookOptions().sha256;
    if (wanted && sha256 !== undefined) checkTreeDigest(sha256, wanted);
  }
}

/** Digests of the recipe's own files and scripts, for its lock. */
export async function localDigests(
  cake: Cake,
  { store, host: { signal } }: SourceMeans,
): Promise<Readonly<Record<string, string>>> {
  return await portableDigests(cookInputs(cake), new InputDigests(store, { signal }));
}
