/** What a run tells its caller while it works. Reporters draw these; the library itself prints nothing. */
export type ProgressEvent =
  | { readonly type: 'step-start'; readonly step: string }
  | {
      readonly type: 'step-progress';
      readonly step: string;
      readonly current: number;
      /** Absent when the end is not known. */
      readonly total?: number;
      readonly unit: 'bytes' | 'entries';
    }
  | {
      readonly type: 'step-end';
      readonly step: string;
      readonly milliseconds: number;
      /** A few words on the outcome, such as `73 packages`. */
      readonly detail?: string;
    }
  /** One line that a guest or host script printed. */
  | { readonly type: 'output'; readonly step: string; readonly line: string }
  | { readonly type: 'message'; readonly level: 'info' | 'warning'; readonly text: string };

/** Takes what is told of a run. */
export type Emit = (event: ProgressEvent) => void;

/** How long a step took, kept for the summary of a run. */
export interface StepTime {
  readonly step: string;
  readonly milliseconds: number;
}

/**
 * Announces steps and measures them. `now` gives milliseconds and is injected so that tests have a still
 * clock.
 */
export class Steps {
  readonly times: StepTime[] = [];
  readonly #emit: Emit;
  readonly #now: () => number;

  constructor(emit: Emit, now: () => number) {
    this.#emit = emit;
    this.#now = now;
  }

  /** Runs one step. What `work` returns is the step's result; `detail` words it for the end event. */
  async run<T>(step: string, work: () => Promise<T> | T, detail?: (result: T) => string): Promise<T> {
    const start = this.#now();
    this.#emit({ type: 'step-start', step });
    const result = await work();
    const milliseconds = this.#now() - start;
    this.times.push({ step, milliseconds });
    this.#emit({ type: 'step-end', step, milliseconds, ...(detail && { detail: detail(result) }) });
    return result;
  }
}
