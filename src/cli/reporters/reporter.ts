import type { Emit } from '../../events.ts';

/** Draws the progress of a run. */
export interface Reporter {
  readonly emit: Emit;
  /** Leaves the stream as it should be after the last event: nothing half drawn. */
  end(): void;
}

export type ReporterName = 'tty' | 'plain' | 'quiet' | 'json';
