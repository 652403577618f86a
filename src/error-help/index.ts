/** What every error code means: loaded only when somebody asks. docs/errors.md is made of it. */
import type { ErrorCode, ExitCode } from '../errors.ts';
import { BUILD } from './build.ts';
import type { ErrorEntry } from './entry.ts';
import { INPUTS } from './inputs.ts';
import { INTEGRITY } from './integrity.ts';
import { NETWORK } from './network.ts';
import { USAGE } from './usage.ts';
import { INTERRUPTION, VERIFICATION } from './verification.ts';

export type { ErrorEntry } from './entry.ts';

export const ERROR_HELP: Readonly<Record<ErrorCode, ErrorEntry>> = {
  ...BUILD,
  ...USAGE,
  ...INPUTS,
  ...NETWORK,
  ...INTEGRITY,
  ...VERIFICATION,
  ...INTERRUPTION,
};

/** The exit codes of errors, in a few words each. */
export const EXIT_CODES: Readonly<Record<ExitCode, string>> = {
  1: 'build failed',
  2: 'recipe, usage or missing input',
  3: 'network',
  4: 'integrity',
  5: 'verification',
  130: 'interrupted',
};
