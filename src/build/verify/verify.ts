import { lstatSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeTree } from '../../cook/scratch/remove-tree.ts';
import { checkOutput, temporaryName, unwritable } from '../../disk/image-file.ts';
import { isSystemError, named, RootlessBakeError } from '../../errors.ts';
import { type Emit, Steps } from '../../events.ts';
import { type Host, throwIfAborted } from '../../host.ts';
import { makeTemporaryFolder, temporaryFilesError } from '../../store/folder.ts';
import type { InputSummary } from '../options.ts';
import { compareImages, type ImageDifferences } from './compare.ts';
import { makeSurroundings, type Surroundings } from './surroundings.ts';

/** An image that was baked for a comparison. */
export interface BakedCopy {
  /** Of the image, in hex. */
  readonly sha256: string;
  readonly inputs?: readonly InputSummary[];
}

/**
 * Bakes a recipe in a process of its own, in such surroundings, anew whatever is kept, to `output`.
 *
 * @param emit is told of its progress
 */
export type BakeInSurroundings = (surroundings: Surroundings, emit: Emit) => Promise<BakedCopy>;

/** How to bake, and what is left of it. */
export interface VerifyOptions {
  /** Bakes once: called twice, one after the other. */
  readonly bake: BakeInSurroundings;
  /** Leaves both images in this folder, which must not be there yet. Default: nothing is left. */
  readonly keep?: string | undefined;
}

/** Whether two bakes gave the same bytes; if not, in what they differ. */
export interface Verification extends ImageDifferences {
  readonly equal: boolean;
  /** Of the two images, in hex. */
  readonly sha256: readonly [first: string, second: string];
  /** Inputs that came to something else the second time: only what no lock pins. */
  readonly inputs: readonly string[];
  /** Paths of the images that were kept. */
  readonly images?: readonly [first: string, second: string];
}

/** Milliseconds between two bakes, so that even a clock of whole seconds shows another time. */
const PAUSE = 1_100;

/**
 * Bakes twice, in surroundings that have nothing in common but what was fetched, and compares the images.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE for the folder; what the bakes throw
 */
export async function verifyBakes({ bake, keep }: VerifyOptions, host: Host): Promise<Verification> {
  if (keep !== undefined) checkKeep(keep);
  makeTemporaryFolder(host.temporaryDirectory);
  const work = mkdtempSync(join(resolve(host.temporaryDirectory), 'rootless-bake-verify-'));
  const images = keep === undefined ? join(work, 'images') : temporaryName(resolve(keep));
  try {
    makeImagesFolder(images, keep ?? images);
    const result = await bakeAndCompare(makeSurroundings(work, images, host), bake, host);
    if (keep === undefined) return result;
    putAt(images, keep);
    return { ...result, images: [join(keep, 'first.img'), join(keep, 'second.img')] };
  } catch (error) {
    throw temporaryFilesError(host.temporaryDirectory, error);
  } finally {
    await removeTree(images);
    await removeTree(work);
  }
}

function checkKeep(keep: string): void {
  // Also a link that leads nowhere.
  if (lstatSync(keep, { throwIfNoEntry: false })) throw taken(keep);
  checkOutput(keep, {});
}

function taken(keep: string, cause?: unknown): RootlessBakeError {
  return new RootlessBakeError('RB_OUTPUT_EXISTS', `${keep} exists already`, {
    hint: 'the images are left in a new folder: name one that is not there yet',
    cause,
  });
}

function makeImagesFolder(images: string, keep: string): void {
  try {
    mkdirSync(images);
  } catch (error) {
    throw unwritable(keep, error);
  }
}

/** Two bakes take long: another may have made something of that name meanwhile. */
function putAt(images: string, keep: string): void {
  try {
    renameSync(images, keep);
  } catch (error) {
    const isTaken = ['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].some((code) => isSystemError(error, code));
    throw isTaken ? taken(keep, error) : unwritable(keep, error);
  }
}

async function bakeAndCompare(
  [first, second]: [Surroundings, Surroundings],
  bake: BakeInSurroundings,
  host: Host,
): Promise<Verification> {
  const steps = new Steps(host);
  const once = async (surroundings: Surroundings): Promise<BakedCopy> =>
    await steps.run(
      `${surroundings.name} bake`,
      () => named(`${surroundings.name} bake`, () => bake(surroundings, inner(surroundings.name, host.emit))),
      ({ sha256 }) => sha256,
    );
  const one = await once(first);
  await sleep(PAUSE, undefined, { signal: host.signal }).catch(() => throwIfAborted(host.signal));
  const other = await once(second);
  const sha256 = [one.sha256, other.sha256] as const;
  const inputs = changedInputs(one, other);
  if (one.sha256 === other.sha256) return { equal: true, sha256, inputs, differences: [], blocks: [] };
  const compare = (): Promise<ImageDifferences> => compareImages(first.output, second.output, host);
  return { equal: false, sha256, inputs, ...(await steps.run('compare', compare)) };
}

/** The steps of a bake under names that tell which of the two it is. */
function inner(name: string, emit: Emit): Emit {
  return (event) => emit('step' in event ? { ...event, step: `${name}: ${event.step}` } : event);
}

function changedInputs({ inputs: one = [] }: BakedCopy, { inputs: other = [] }: BakedCopy): string[] {
  const before = new Set(one.map((input) => JSON.stringify(input)));
  return other
    .filter((input) => !before.has(JSON.stringify(input)))
    .map(({ kind, name }) => `${kind} ${name}`);
}
