import { type ErrorExplanation, explainAll } from '../../error-help/explain.ts';
import { EXIT_CODES } from '../../error-help/index.ts';
import { explainError } from '../../library.ts';
import type { CommandResult } from '../command.ts';

/** Tells what an error code means and what to do; without one, lists them all. */
export async function explainCommand(code: string | undefined): Promise<CommandResult> {
  if (code === undefined) {
    const errors = explainAll();
    return {
      text: list(errors),
      brief: errors.map(({ code }) => `${code}\n`).join(''),
      json: { codes: errors },
    };
  }
  const error = await explainError(code);
  return { text: describe(error), brief: `${error.title}\n`, json: error };
}

function describe({ code, title, means, todo, exitCode }: ErrorExplanation): string {
  return [
    `${code}: ${title}`,
    '',
    wrapped(means),
    '',
    wrapped(`What to do: ${todo}`),
    '',
    `  Exit code ${exitCode}: ${EXIT_CODES[exitCode]}`,
    '',
  ].join('\n');
}

function list(errors: readonly ErrorExplanation[]): string {
  const width = Math.max(...errors.map(({ code }) => code.length));
  const groups = [...new Set(errors.map(({ exitCode }) => exitCode))].map((exitCode) =>
    [
      `Exit code ${exitCode}: ${EXIT_CODES[exitCode]}`,
      ...errors
        .filter((error) => error.exitCode === exitCode)
        .map(({ code, title }) => `  ${code.padEnd(width)}  ${title}`),
      '',
    ].join('\n'),
  );
  return groups.join('\n');
}

/** Lines of at most 80 characters, indented by two. */
function wrapped(text: string): string {
  return text.replaceAll(/(.{1,78})(?: |$)/g, '  $1\n').trimEnd();
}
