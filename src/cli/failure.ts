import {
  ERROR_EXIT_CODES,
  type ErrorCode,
  type ErrorPlace,
  type ExitCode,
  RootlessBakeError,
} from '../errors.ts';
import { type Colors, printable } from './terminal.ts';

/** An error as the command line tells it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
  /** In a recipe. */
  readonly where?: ErrorPlace;
}

/** What was thrown, in words; what is no error of ours is a fault of the program. */
export function toFailure(error: unknown): Failure {
  if (error instanceof RootlessBakeError) {
    const { code, message, hint = `${explainLine(code)} tells what it means`, exitCode, where } = error;
    return { code, message, hint, exitCode, ...(where && { where }) };
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
  const lines = [
    `${colors.red(colors.bold(`error[${code}]:`))} ${printable(message)}`,
    `${colors.cyan('hint:')} ${printable(hint)}`,
  ];
  if (debug) lines.push(`${colors.cyan('more:')} ${explainLine(code)}`, ...stacks(error, '', new Set()));
  return `${lines.join('\n')}\n`;
}

function explainLine(code: ErrorCode): string {
  return `rootless-bake explain ${code}`;
}

/** The stack of an error, then those of its causes; the members of an aggregate are indented. */
function stacks(error: unknown, prefix: string, seen: Set<unknown>): string[] {
  if (seen.has(error)) return [];
  seen.add(error);
  const lines = [`${prefix}${printable(stackOf(error))}`];
  if (error instanceof AggregateError) {
    for (const [index, one] of error.errors.entries()) {
      const told = stacks(one, `${index + 1} of ${error.errors.length}: `, seen);
      lines.push(...told.map((line) => line.replaceAll(/^/gm, '  ')));
    }
  }
  if (error instanceof Error && error.cause !== undefined) {
    lines.push(...stacks(error.cause, 'caused by ', seen));
  }
  return lines;
}

/** Anything can be thrown, also what is no error. */
function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
