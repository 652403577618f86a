/** What a plan says: see {@link ./plan.ts}. */
import type { BakeOptions } from '../../bake/options.ts';
import type { PinnedFile } from '../../sources/pins.ts';

/** One file that a cook or a bake takes. */
export interface PlannedFile extends Pick<PinnedFile, 'url'> {
  /** In hex; absent for a file of this machine that no lock has. */
  readonly sha256?: string;
  /** In bytes, as it is fetched; absent when only fetching tells. */
  readonly size?: number;
  /** `cached`: the store has it. `fetch`: it would be fetched. `local`: it lies on this machine. */
  readonly state: 'cached' | 'fetch' | 'local';
}

/** What a recipe takes from somewhere: one entry of its lock. */
export interface PlannedInput {
  /** The source: `apk`, `deb`, `debian`, `nix`, `oci`, `tar`. */
  readonly kind: string;
  /** As the lock has it: packages, an image, a URL, a path from the lock's folder on. */
  readonly name: string;
  /** Place in the recipe, such as `cook.base` or `bake.kernel`. */
  readonly place: string;
  /** Who would be asked for it, in words for people: a URL, the machine's apt. */
  readonly from: string;
  /**
   * What tells its files: the `lock`, an earlier `run` of the same recipe, or the `recipe` itself. Absent when it is
   * still to be looked up; the files are those of the last run then, if there was one.
   */
  readonly knownBy?: 'lock' | 'run' | 'recipe';
  /** Only taken when the root has none of its own. */
  readonly isSpare?: true;
  readonly versions?: Readonly<Record<string, string>>;
  readonly files: readonly PlannedFile[];
}

/** A step of the cook. */
export interface PlannedStep {
  readonly step: string;
  /** In words for people. */
  readonly what: string;
}

/** What would become of a result: it is made, or an earlier run's is taken. */
export type PlannedAction = 'make' | 'restore';

/** The root file system, as a run would get it. */
export interface PlannedRoot {
  /** `skip`: nobody needs it, for the finished image is kept. */
  readonly action: PlannedAction | 'skip';
  /** Of the tree that is kept, in hex. */
  readonly sha256?: string;
  readonly steps: readonly PlannedStep[];
}

/** The disk image, as a run would get it. */
export interface PlannedImage {
  readonly action: PlannedAction;
  /** Of the image that is kept, in hex. */
  readonly sha256?: string;
  /** Path of the output, and whether something has that name. */
  readonly path: string;
  readonly exists: boolean;
  /** In bytes: of the image that is kept, else as the recipe says. */
  readonly size: number | 'auto';
  /** As the recipe has them, defaults in place. */
  readonly options: BakeOptions;
}

/** A program of this machine. */
export interface PlannedTool {
  readonly name: string;
  /** In words for people. */
  readonly neededFor: string;
  /** Whether this run needs it; `perhaps`: when a package has a script. */
  readonly isNeeded: boolean | 'perhaps';
  /** Absent when it is not there. */
  readonly path?: string;
  /** In words for people: what becomes of it when it is not there. */
  readonly otherwise: string;
}

/** Files of one state. */
export interface PlannedTotal {
  readonly files: number;
  /** Bytes of those whose size is known. */
  readonly bytes: number;
  /** Files whose size is not known. */
  readonly unknown: number;
}

/** What a run would do. */
export interface PlannedCake {
  readonly name: string;
  readonly lock: { readonly path?: string; readonly exists: boolean };
  readonly root: PlannedRoot;
  /** Absent for a recipe that only cooks. */
  readonly image?: PlannedImage;
  readonly inputs: readonly PlannedInput[];
  /** The recipe's own files, folders and scripts that are in no lock entry. */
  readonly local: readonly { readonly place: string; readonly path?: string }[];
  readonly tools: readonly PlannedTool[];
  /** Inputs that are still to be looked up are in none of these. */
  readonly totals: {
    readonly fetch: PlannedTotal;
    readonly cached: PlannedTotal;
    readonly local: PlannedTotal;
    /** Inputs. */
    readonly lookUps: number;
  };
}
