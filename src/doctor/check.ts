import type { Host } from '../host.ts';

/** `failed`: rootless-bake cannot do its work; `warning`: something will not work, or not well. */
export type CheckStatus = 'ok' | 'warning' | 'failed';

/** What a check has found. */
export interface CheckOutcome {
  readonly status: CheckStatus;
  /** In words for people. */
  readonly found: string;
  /** What to do about it, unless all is well. */
  readonly remedy?: string;
}

/** One thing of this machine to look at. */
export interface Check {
  /** For programs; never renamed. */
  readonly id: string;
  readonly title: string;
  /** What does not work without it. */
  readonly neededFor: string;
  /** Whether nothing works without it: what an optional one throws is a warning. */
  readonly required: boolean;
  /** Milliseconds after which it is given up. */
  readonly patience: number;
  /** May throw: an error's message is what was found, its hint the remedy. */
  look(host: Host): Promise<CheckOutcome> | CheckOutcome;
}

export interface CheckResult extends CheckOutcome, Pick<Check, 'id' | 'title' | 'neededFor' | 'required'> {
  readonly milliseconds: number;
}
