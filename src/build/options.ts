import type { BakeResult } from '../bake/bake.ts';
import type { CookedRoot } from '../cook/options.ts';
import type { SbomFile } from '../sbom/write-sbom.ts';
import type { Pin } from '../sources/pins.ts';
import type { Lock } from './lock-file.ts';

/** How a recipe is built, whatever comes of it. */
export interface BuildOptions {
  /** Path of the lock. Default: beside the recipe's file, with its name; `false`: none is used. */
  readonly lockFile?: string | false | undefined;
  /** Every input must be in the lock, and nothing of the recipe may have changed since. */
  readonly locked?: boolean | undefined;
  /** Cooks and bakes anew what an earlier run has kept. */
  readonly rebuild?: boolean | undefined;
  /** Bills of materials to be written: of a cook's root, of a bake's image with all that is in it. */
  readonly sboms?: readonly SbomFile[] | undefined;
}

/** An input of a recipe, and what it came to. */
export type InputSummary = Pick<Pin, 'kind' | 'name' | 'versions' | 'files'>;

export interface BuiltRoot extends CookedRoot {
  readonly inputs: readonly InputSummary[];
}

/** What became of a cake. */
export interface BakedCake extends BakeResult {
  /** sha256 of the cooked tree, for `cook.sha256`; absent when that is `false`. */
  readonly cookedSha256?: string;
  readonly packages: CookedRoot['packages'];
  readonly inputs: readonly InputSummary[];
}

/** The lock of a recipe, and what is new in it. */
export interface LockedCake {
  /** Of the lock. */
  readonly path: string;
  readonly lock: Lock;
  /** Names of entries that are new, or came to something else. */
  readonly changed: readonly string[];
  /** Names of entries that the recipe does not ask for any more. */
  readonly removed: readonly string[];
}
