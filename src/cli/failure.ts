import { ERROR_EXIT_CODES, type ErrorCode, RootlessBakeError } from '../errors.ts';
import { type Colors, printable } from './terminal.ts';

/** An error as the command line tells it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly exitCode: number;
}

/** What was thrown, in words; what is no error of ours is a fault of the program. */
export function toFailure(error: unknown): Failure {
  if (error instanceof RootlessBakeError) {
    const { code, message, hint } = error;
    return { code, message, ...(hint !== undefined && { hint }), exitCode: ERROR_EXIT_CODES[code] };
  }
  return {
    code: 'RB_INTERNAL',
    message: error instanceof Error ? error.message : String(error),
    hint: 'this is a fault of rootless-bake: please report it with what --debug prints',
    exitCode: ERROR_EXIT_CODES.RB_INTERNAL,
  };
}

/** `error[RB_…]: what`, the hint, and with `debug` the stacks of the error and its causes. */
export function formatFailure(error: unknown, colors: Colors, debug: boolean): string {
  const { code, message, hint } = toFailure(error);
  const lines = [`${colors.red(colors.bold(`error[${code}]:`))} ${printable(message)}`];
  if (hint !== undefined) lines.push(`${colors.cyan('hint:')} ${printable(hint)}`);
  if (debug) lines.push(...stacks(error));
  return `${lines.join('\n')}\n`;
}

function stacks(error: unknown): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>();
  for (let at = error; at instanceof Error && !seen.has(at); at = at.cause) {
    seen.add(at);
    lines.push(`${lines.length > 0 ? 'caused by ' : ''}${at.stack ?? at.message}`);
  }
  return lines;
}
