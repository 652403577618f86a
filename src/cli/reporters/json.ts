import type { ErrorPlace } from '../../errors.ts';
import type { ProgressEvent } from '../../events.ts';
import type { Failure } from '../failure.ts';
import type { Sink } from '../terminal.ts';
import type { Reporter } from './reporter.ts';

/** Raised when a field changes its meaning or goes; new types and new fields may come without it. */
const STREAM_VERSION = 1;

/** What lines there are beside those of the library's events, which each have `at`, too. docs/events.md tells all. */
export type StreamEvent =
  /** The first line. */
  | { readonly type: 'stream'; readonly version: number }
  /** The last line of a run that fails: what the command line says otherwise in words. */
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      readonly hint?: string;
      readonly exitCode: number;
      readonly where?: ErrorPlace;
    };

/** Each event as one line of JSON: for programs that watch. */
export function jsonReporter(sink: Pick<Sink, 'write'>, now: () => number): Reporter {
  const start = now();
  const write = (event: ProgressEvent | StreamEvent): void =>
    sink.write(`${JSON.stringify({ ...event, at: Math.round(now() - start) })}\n`);
  write({ type: 'stream', version: STREAM_VERSION });
  return {
    emit: write,
    fail: (failure: Failure) => write({ type: 'error', ...failure }),
    end() {},
  };
}
