import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../errors.ts';

/** Chunks on their way through, hashed. */
export interface Hashed {
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
  /** Reads what is left and gives the sha256 of all, in hex. */
  digest(): Promise<string>;
  /** Bytes that were read so far. */
  readonly size: number;
  /** Gives the source up. */
  close(): Promise<void>;
}

/** Computes the sha256 of a stream while it is read. Giving `chunks` up early keeps the source open for `digest`. */
export function hashed(source: AsyncIterable<Uint8Array>): Hashed {
  const hash = createHash('sha256');
  const iterator = source[Symbol.asyncIterator]();
  let result: string | undefined;
  let size = 0;
  async function* pass(): AsyncGenerator<Uint8Array, void, undefined> {
    while (true) {
      const { done, value } = await iterator.next();
      if (done) return;
      hash.update(value);
      size += value.length;
      yield value;
    }
  }
  return {
    chunks: pass(),
    get size() {
      return size;
    },
    async digest() {
      for await (const _ of pass());
      result ??= hash.digest('hex');
      return result;
    },
    async close() {
      await iterator.return?.();
    },
  };
}

/**
 * Compares digests in hex.
 *
 * @throws RB_DIGEST_MISMATCH showing both
 */
export function checkDigest(what: string, actual: string, expected: string, cause?: unknown): void {
  if (actual === expected.toLowerCase()) return;
  throw new RootlessBakeError(
    'RB_DIGEST_MISMATCH',
    `${what} has not the sha256 that was asked for:\n  expected ${expected.toLowerCase()}\n  actual   ${actual}`,
    {
      hint: 'if it was changed on purpose, put the actual sha256 into the recipe, or update its lock',
      cause,
    },
  );
}
