import { ERROR_EXIT_CODES, type ErrorCode, type ExitCode, RootlessBakeError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';
import type { ErrorEntry } from './entry.ts';
import { ERROR_HELP } from './index.ts';

/** What there is to say about an error code. */
export interface ErrorExplanation extends ErrorEntry {
  readonly code: ErrorCode;
  /** Of the command line. */
  readonly exitCode: ExitCode;
}

/** All of them, by exit code and then by name. */
export function explainAll(): ErrorExplanation[] {
  return (Object.keys(ERROR_EXIT_CODES) as ErrorCode[])
    .map(explanationOf)
    .sort((a, b) => a.exitCode - b.exitCode || (a.code < b.code ? -1 : 1));
}

/**
 * Explains one code, in upper or lower case, `RB_` or not.
 *
 * @throws RB_ARGUMENT when there is no such code
 */
export function explain(word: string): ErrorExplanation {
  const folded = word.toUpperCase().replaceAll('-', '_');
  const code = folded.startsWith('RB_') ? folded : `RB_${folded}`;
  if (Object.hasOwn(ERROR_EXIT_CODES, code)) return explanationOf(code as ErrorCode);
  throw new RootlessBakeError('RB_ARGUMENT', `there is no error code ${JSON.stringify(word)}`, {
    hint: didYouMean(code, Object.keys(ERROR_EXIT_CODES)) ?? 'rootless-bake explain lists them all',
  });
}

function explanationOf(code: ErrorCode): ErrorExplanation {
  return { code, exitCode: ERROR_EXIT_CODES[code], ...ERROR_HELP[code] };
}
