import { join } from 'node:path';
import type { BakedImage, BakeResult } from '../bake/bake.ts';
import type { CookingRoot } from '../cook/options.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Cake } from '../recipe/cake.ts';
import { listsDigest } from '../sources/apt/lists.ts';
import type { SourceMeans } from '../sources/means.ts';
import type { Pin } from '../sources/pins.ts';
import { canonicalDigest } from '../store/canonical.ts';
import { codeIdentity } from '../store/code-identity.ts';
import { InputDigests } from '../store/input-digests.ts';
import { type ResultBlob, type ResultKey, Results } from '../store/results.ts';
import type { Tree } from '../tree/tree.ts';
import { bakeInputs, cookInputs, digestInputs } from './local-inputs.ts';

/** A cooked root as it is kept: all of it that JSON holds, beside the tree. */
type RootFacts = Omit<CookingRoot, 'tree' | 'digest' | 'dispose' | 'scratch'>;

/** A finished image as it is kept. */
export interface ImageFacts {
  readonly result: Omit<BakeResult, 'path' | 'times' | 'size' | 'sha256' | 'allocated'>;
  readonly root: RootFacts;
  /** Of the cooked tree, in hex. */
  readonly tree?: string;
}

export interface RestoredImage extends ImageFacts, Pick<BakeResult, 'size' | 'sha256' | 'allocated'> {}

export interface RestoredRoot {
  readonly tree: Tree;
  readonly sha256: string;
  readonly facts: RootFacts;
}

/** What a look-up came to in an earlier run. */
export interface LastPin {
  readonly pin: Pin;
  /** Whether it holds without a look-up. */
  readonly holds: boolean;
}

/** Digests of all that is known of a result before anything is looked up. */
interface Keys {
  readonly cook?: string;
  readonly bake?: string;
}

/** What was looked up for a result, and what apt knew then. */
interface Trace {
  readonly pins: readonly Pin[];
  readonly apt: string;
}

/**
 * The cooked trees and finished images of one recipe in the store. A result is found again when the recipe,
 * the files of this machine that it names, the code of this package and everything that was looked up are the
 * same. What nobody can know all inputs of is not kept: host scripts, and trees and volumes given by code.
 */
export class KeptResults {
  readonly #means: SourceMeans;
  readonly #results: Results;
  readonly #cook: string | undefined;
  readonly #bake: string | undefined;

  private constructor(means: SourceMeans, { cook, bake }: Keys) {
    this.#means = means;
    this.#results = new Results(means.store);
    this.#cook = cook;
    this.#bake = bake;
  }

  static async open(cake: Pick<Cake, 'cook' | 'bake'>, means: SourceMeans): Promise<KeptResults> {
    const { base, prepare, cleanup, keepScratch, sha256: _, directory: __, ...options } = cake.cook;
    const isClosed = !prepare && !cleanup && !keepScratch && !('tree' in base || 'volume' in base);
    const found =
      isClosed &&
      (await storing(means, async (): Promise<Keys> => {
        const { signal } = means.host;
        const digests = new InputDigests(means.store, { signal });
        const local = await digestInputs(cookInputs(cake), digests, signal);
        if (!local) return {};
        const cook = canonicalDigest({
          code: codeIdentity(),
          node: process.version,
          epoch: means.host.env['SOURCE_DATE_EPOCH'] ?? null,
          options: { base, ...options },
          local,
        });
        const bakeLocal = cake.bake && (await digestInputs(bakeInputs(cake), digests, signal));
        if (!bakeLocal) return { cook };
        return { cook, bake: canonicalDigest({ cook, options: cake.bake, local: bakeLocal }) };
      }));
    return new KeptResults(means, found || {});
  }

  /** Puts the image of an earlier run at a path; undefined when there is none that would be the same. */
  async restoreImage(
    path: string,
    options: { force?: boolean; accept: (image: ImageFacts) => void },
  ): Promise<RestoredImage | undefined> {
    return await this.#restore(this.#bake, async (key) => {
      const kept = await this.#results.restoreImage<ImageFacts>(key, path, options);
      if (!kept) return undefined;
      const { extra, size, sha256, allocated } = kept;
      return { ...extra, size, sha256, allocated };
    });
  }

  /** The image that {@link restoreImage} would put somewhere. */
  async findImage(): Promise<ResultBlob | undefined> {
    return await this.#restore(this.#bake, async (key) => this.#results.findImage(key));
  }

  /** The root that {@link restoreRoot} would give. */
  async findRoot(): Promise<ResultBlob | undefined> {
    return await this.#restore(this.#cook, async (key) => this.#results.findTree(key));
  }

  /** What the last run of this very recipe has looked up, and whether that would come to the same now. */
  async lastPins(): Promise<readonly LastPin[]> {
    const request = this.#bake ?? this.#cook;
    const trace = request && (await storing(this.#means, async () => this.#trace(request)));
    if (!trace) return [];
    const holds = this.#holding(trace);
    return trace.pins.map((pin) => ({ pin, holds: holds(pin) }));
  }

  async keepImage(image: BakedImage, root: CookingRoot): Promise<void> {
    const { path, times: _, size: __, sha256, allocated: ___, data, ...result } = image;
    const tree = await root.digest;
    const facts: ImageFacts = { result, root: factsOf(root), ...(tree !== undefined && { tree }) };
    await this.#keep(this.#bake, async (key) => {
      await this.#results.keepImage(key, { path, sha256, ...(data && { data }) }, path, facts);
    });
  }

  /** The tree of an earlier run; undefined when there is none that would be the same. */
  async restoreRoot(): Promise<RestoredRoot | undefined> {
    return await this.#restore(this.#cook, async (key) => {
      const kept = await this.#results.restoreTree<RootFacts>(key);
      return kept && { tree: kept.tree, sha256: kept.sha256, facts: kept.extra };
    });
  }

  async keepRoot(root: CookingRoot, name: string): Promise<void> {
    await this.#keep(this.#cook, (key) =>
      this.#results.keepTree(key, root.tree, `the root of ${name}`, factsOf(root)),
    );
  }

  async #restore<T>(
    request: string | undefined,
    restore: (key: ResultKey) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    if (!request) return undefined;
    return await storing(this.#means, async () => {
      const trace = this.#trace(request);
      if (!trace || !this.#means.pins.adopt(trace.pins, this.#holding(trace))) return undefined;
      return await restore(keyOf(request, trace.pins));
    });
  }

  #trace(request: string): Trace | undefined {
    return this.#means.store.record<Trace>(TRACE, request);
  }

  /** Tells whether a pin that no lock has would come to the same again. */
  #holding({ pins, apt }: Trace): (pin: Pin) => boolean {
    const isSameApt = pins.some(({ kind }) => kind === 'deb') && this.#apt() === apt;
    return ({ isFixed = false, kind }) => isFixed && (kind !== 'deb' || isSameApt);
  }

  async #keep(request: string | undefined, keep: (key: ResultKey) => unknown): Promise<void> {
    if (!request) return;
    await storing(this.#means, async () => {
      const pins = await this.#means.pins.used();
      await keep(keyOf(request, pins));
      const trace: Trace = { pins, apt: this.#apt() };
      this.#means.store.setRecord(TRACE, request, trace);
    });
  }

  #apt(): string {
    return listsDigest(join(this.#means.host.cacheDirectory, 'apt'));
  }
}

const TRACE = 'pins';

function keyOf(request: string, pins: readonly Pin[]): ResultKey {
  const answers = pins.map(({ kind, key, value }) => ({ kind, key, value }));
  return { request, pins: canonicalDigest(answers) };
}

function factsOf(root: CookingRoot): RootFacts {
  const { tree: _, digest: __, dispose: ___, scratch: ____, ...facts } = root;
  return facts;
}

/** A store that cannot be used costs time, not the result. */
async function storing<T>({ host }: SourceMeans, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_STORE_UNUSABLE') throw error;
    host.emit({ type: 'message', level: 'warning', text: `nothing is kept: ${error.message}` });
    return undefined;
  }
}
