import { RootlessBakeError } from '../../errors.ts';

/** The error for compressed data that breaks off or does not decode. */
export function damaged(format: string, what: string, cause?: unknown): RootlessBakeError {
  return new RootlessBakeError(
    'RB_ARCHIVE_DAMAGED',
    `${what} is damaged or cut off: its ${format} data ends wrong`,
    {
      hint: 'download or make it again',
      cause,
    },
  );
}

/** Chunks on their way into a decoder, and what went wrong on the way there. */
export interface GuardedSource {
  readonly chunks: AsyncGenerator<Uint8Array, void, undefined>;
  /** Throws what the source threw, if it did. */
  rethrow(): void;
}

/**
 * Keeps apart what the source throws (a broken download, a wrong digest) and what the decoder throws
 * because its input stopped.
 */
export function guardSource(chunks: AsyncIterable<Uint8Array>): GuardedSource {
  let failure: { readonly error: unknown } | undefined;
  return {
    chunks: (async function* () {
      try {
        yield* chunks;
      } catch (error) {
        failure = { error };
        throw error;
      }
    })(),
    rethrow() {
      if (failure) throw failure.error;
    },
  };
}
