import type { BakeOptions } from '../bake/options.ts';
import type { CookOptions } from '../cook/options.ts';

/** A recipe after loading: checked, sizes in bytes, digests in hex, every path absolute. */
export interface Cake {
  readonly name: string;
  readonly cook: CookOptions;
  /** Absent in a recipe that only cooks. */
  readonly bake?: BakeOptions;
  /** Absolute path of the lock that goes with it, be it there or not; absent for a recipe made in code. */
  readonly lockFile?: string;
}
