import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfAborted } from '../host.ts';
import { NetError } from './failure.ts';

/** How often and how soon what failed is tried again. */
export interface Retries {
  /** All attempts together, at least 1. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; they double with each further one. */
  readonly delay: number;
  /** The longest wait, in milliseconds. A server that asks for more is not waited for. */
  readonly longest: number;
  /** From 0 to 1: the part of a wait that is not random. */
  readonly random: () => number;
}

export const DEFAULT_RETRIES: Retries = { attempts: 5, delay: 500, longest: 30_000, random: Math.random };

export interface RetryContext {
  readonly retries: Retries;
  readonly signal: AbortSignal;
  /** Told before each wait. */
  readonly onRetry: (error: NetError, wait: number) => void;
}

/**
 * Does some work until it succeeds, fails for good, or has failed too often. Waits grow exponentially and
 * half of each is random, so that clients which failed together do not come back together.
 *
 * @param work gives false when it failed but came further, which makes the attempt not count
 */
export async function retrying<T>(
  work: (attempt: number) => Promise<T>,
  { retries, signal, onRetry }: RetryContext,
  hasAdvanced: () => boolean = () => false,
): Promise<T> {
  for (let failures = 0, attempt = 0; ; attempt += 1) {
    throwIfAborted(signal);
    try {
      return await work(attempt);
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof NetError) || !error.transient) throw error;
      failures = hasAdvanced() ? 1 : failures + 1;
      if (failures >= retries.attempts) throw error;
      const wait = waitFor(failures, error, retries);
      if (wait > retries.longest) throw error;
      onRetry(error, wait);
      await sleep(wait, undefined, { signal }).catch(() => {});
    }
  }
}

function waitFor(failures: number, { retryAfter }: NetError, { delay, longest, random }: Retries): number {
  if (retryAfter !== undefined) return retryAfter;
  return Math.min(longest, delay * 2 ** (failures - 1)) * (0.5 + random() / 2);
}
