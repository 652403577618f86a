import { RootlessBakeError } from './errors.ts';
import type { Emit } from './events.ts';

/**
 * Everything of the outside world that a run uses and that a test may want to replace. The command line
 * fills it from the process; library users get the same through `nodeHost()`.
 */
export interface Host {
  /** Environment variables, read only. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly emit: Emit;
  /** Aborted by Ctrl-C or by the library's user; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Milliseconds, monotonic: for durations only, never for what is written. */
  readonly now: () => number;
  /** Milliseconds since 1970, for what expires, such as signatures. Default: the system's clock. */
  readonly time?: () => number;
  /** Takes every request, where it is given, in the place of Node's own http and the environment's proxies. */
  readonly fetch?: typeof fetch;
  /** Folder for scratch roots, spools and other files that end with the run. */
  readonly temporaryDirectory: string;
  /** Folder for what later runs use again: downloads, packages, provisioned tools. */
  readonly cacheDirectory: string;
  /** Folder of the content-addressed store: `store` in the cache directory unless told. */
  readonly storeDirectory?: string;
  /** True: nothing is asked of the network. */
  readonly offline?: boolean;
}

/** Throws what the signal was aborted with; an abort without a typed reason becomes RB_INTERRUPTED. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortReason(signal);
}

/** The error of a signal that is aborted. */
export function abortReason({ reason }: AbortSignal): RootlessBakeError {
  if (reason instanceof RootlessBakeError) return reason;
  return new RootlessBakeError('RB_INTERRUPTED', 'interrupted', { cause: reason });
}

/** When the event loop was last let run, by the clock that tells. */
const turns = new WeakMap<Host['now'], number>();

/**
 * Lets the event loop run at most every `interval` milliseconds, so that long synchronous work still sees
 * Ctrl-C and progress is drawn. Call the returned function often; it is cheap when nothing is due. All of one
 * clock count together: short works, one after the other, do not add up to a long one, nor does what was before
 * the first call, which is always due.
 */
export function breather({ now, signal }: Pick<Host, 'now' | 'signal'>, interval = 20): Pause {
  return () => {
    if (now() - (turns.get(now) ?? Number.NEGATIVE_INFINITY) < interval) return undefined;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      turns.set(now, now());
      throwIfAborted(signal);
    });
  };
}

/** Called often in a long loop: gives a promise when it is time to wait, and undefined, at little cost, when not. */
export type Pause = () => Promise<void> | undefined;

/**
 * As {@link breather}, for code that knows no clock: the event loop runs after so much work.
 *
 * @param budget how much work goes without a pause, in whatever unit the calls are told
 */
export function pacer(budget: number, signal?: AbortSignal): (work: number) => Promise<void> | undefined {
  if (signal) throwIfAborted(signal);
  let left = budget;
  return (work) => {
    left -= work;
    if (left > 0) return undefined;
    left = budget;
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (signal) throwIfAborted(signal);
    });
  };
}
