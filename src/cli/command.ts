import { resolve } from 'node:path';
import type { RootlessBakeError } from '../errors.ts';
import type { StepTime } from '../events.ts';
import type { Host } from '../host.ts';
import type { CookRun } from '../library.ts';
import type { ReporterName } from './reporters/reporter.ts';
import type { Colors } from './terminal.ts';
import { refuseUseless } from './useless.ts';

/** Options that every command has. */
export interface CommonOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly debug?: boolean;
  readonly progress?: ReporterName | 'auto';
  /** Folder of the store. */
  readonly store?: string;
  readonly offline?: boolean;
  /** Of the commands that make something: where the object of `--json` goes as well. */
  readonly metadataFile?: string;
}

/** Options of the commands that take a recipe. */
export interface RecipeOptions extends CommonOptions {
  readonly set?: readonly string[];
  readonly keepScratch?: boolean;
  /** Path of the lock; false with `--no-lock`. */
  readonly lockFile?: string;
  readonly lock?: boolean;
  readonly locked?: boolean;
  readonly rebuild?: boolean;
}

/** Those of them that the library takes as they are. @throws RB_ARGUMENT for those of a lock without a lock */
export function buildOptions(
  options: RecipeOptions,
): Pick<CookRun, 'keepScratch' | 'lockFile' | 'locked' | 'rebuild'> {
  const { keepScratch, lockFile, lock, locked, rebuild } = options;
  if (lock === false) {
    const hint = 'leave --no-lock out, or what is beside it';
    refuseUseless(options, ['--lock-file', '--locked'], '--no-lock uses no lock', hint);
  }
  return {
    ...(keepScratch && { keepScratch }),
    ...(lock === false ? { lockFile: false } : lockFile !== undefined && { lockFile: resolve(lockFile) }),
    ...(locked && { locked }),
    ...(rebuild && { rebuild }),
  };
}

/** What a command works with. */
export interface Context {
  readonly host: Host;
  /** Steps that have ended, for summaries. */
  readonly times: readonly StepTime[];
  /** Of stdout. */
  readonly colors: Colors;
  /** Milliseconds since the command began. Steps may run at the same time: it is not their sum. */
  elapsed(): number;
  /** The words of a command line that runs this very program. */
  readonly program: readonly string[];
  /** From now on Ctrl-C belongs to a program on the terminal. */
  leaveInterrupts(): void;
}

/** What a command has to say on stdout, in the three ways it can be asked for. */
export interface CommandResult {
  /** For people. */
  readonly text: string;
  /** In the place of text and of what `-q` prints, where the result is bytes. Is read to its end, or given up. */
  readonly bytes?: Iterable<Uint8Array>;
  /** For `-q`: a path or a digest. */
  readonly brief: string;
  /** For `--json`; `version` is put in front. */
  readonly json: object;
  /** Default 0. */
  readonly exitCode?: number;
  /** What the result comes to as an error: it is told after it, and gives the exit code. */
  readonly failure?: RootlessBakeError;
}
