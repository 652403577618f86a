import { throwIfAborted } from './host.ts';

/** How much work a step has done: bytes, or entries of a tree. */
export interface Amount {
  readonly count: number;
  readonly unit: 'bytes' | 'entries';
}

/** How a step ended; `interrupted`: by the host's signal. */
export type Outcome = 'done' | 'failed' | 'interrupted';

/**
 * What a run tells its caller while it works. Reporters draw these; the library itself prints nothing. Several
 * steps may be under way at once, never two of one name. docs/events.md tells them field by field.
 */
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
      readonly outcome: Outcome;
      /** True: all of it came out of the store. */
      readonly cached?: boolean;
      /** What was done in that time. */
      readonly amount?: Amount;
      /** A few words on the result, such as `73 packages`. */
      readonly detail?: string;
    }
  /** One line that a guest or host script printed. */
  | { readonly type: 'output'; readonly step: string; readonly line: string }
  | { readonly type: 'message'; readonly level: 'info' | 'warning'; readonly text: string };

/** Takes what is told of a run. */
export type Emit = (event: ProgressEvent) => void;

/** What can be said of a step that is done. */
export type StepFacts = Omit<
  Extract<ProgressEvent, { type: 'step-end' }>,
  'type' | 'step' | 'milliseconds' | 'outcome'
>;

/** How long a step took, kept for the summary of a run. */
export interface StepTime {
  readonly step: string;
  readonly milliseconds: number;
}

/** The part of the host that steps need. */
export interface StepHost {
  readonly emit: Emit;
  /** Milliseconds; injected so that tests have a still clock. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Announces steps and measures them. */
export class Steps {
  /** Of the steps that are done. */
  readonly times: StepTime[] = [];
  readonly #host: StepHost;

  constructor(host: StepHost) {
    this.#host = host;
  }

  /**
   * Runs one step. What `work` returns is the step's result; `tell` says of it what the end event shall say: the
   * facts, or the detail alone. When `work` throws, the event says so, and the error goes on.
   *
   * @throws the reason of the host's signal, before anything is done
   */
  async run<T>(
    step: string,
    work: () => Promise<T> | T,
    tell?: (result: T) => Promise<StepFacts | string> | StepFacts | string,
  ): Promise<T> {
    throwIfAborted(this.#host.signal);
    const end = startStep(step, this.#host);
    try {
      const result = await work();
      const facts = (await tell?.(result)) ?? {};
      const milliseconds = end('done', typeof facts === 'string' ? { detail: facts } : facts);
      this.times.push({ step, milliseconds });
      return result;
    } catch (error) {
      end(this.#host.signal.aborted ? 'interrupted' : 'failed');
      throw error;
    }
  }
}

/** Announces one step. The function that comes back ends it, and gives the milliseconds that it took. */
export function startStep(
  step: string,
  { emit, now }: Pick<StepHost, 'emit' | 'now'>,
): (outcome: Outcome, facts?: StepFacts) => number {
  const start = now();
  emit({ type: 'step-start', step });
  return (outcome, facts = {}) => {
    const milliseconds = now() - start;
    emit({ type: 'step-end', step, milliseconds, outcome, ...facts });
    return milliseconds;
  };
}

/** Milliseconds between two events of the same step's progress. */
const INTERVAL = 100;

/** Tells how far a step has come, not more often than anybody looks. */
export function stepProgress(
  step: string,
  unit: Amount['unit'],
  { emit, now }: Pick<StepHost, 'emit' | 'now'>,
): (current: number, total?: number) => void {
  let last = now();
  return (current, total) => {
    const time = now();
    if (time - last < INTERVAL) return;
    last = time;
    emit({ type: 'step-progress', step, current, ...(total !== undefined && { total }), unit });
  };
}
