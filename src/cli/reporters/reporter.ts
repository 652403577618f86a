import type { Emit } from '../../events.ts';
import type { Failure } from '../failure.ts';

/** Draws the progress of a run. */
export interface Reporter {
  readonly emit: Emit;
  /** Tells what ended the run, where people's words would not fit in. */
  readonly fail?: (failure: Failure) => void;
  /** Leaves the stream as it should be after the last event: nothing half drawn. */
  end(): void;
}

export type ReporterName = 'tty' | 'plain' | 'quiet' | 'json';
