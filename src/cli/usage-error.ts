/** Commander's words for wrong command lines, with what may have been meant. */
import type { Command, CommanderError } from 'commander';
import { RootlessBakeError } from '../errors.ts';
import { didYouMean } from '../suggest.ts';

const LISTED = 'rootless-bake --help lists commands and options';

/**
 * The error for a command line that commander refuses.
 *
 * @param command whose line it is, as `cache prune`; empty for the program itself
 */
export function usageError(error: CommanderError, command: string): RootlessBakeError {
  const text = error.message.replace(/^error: /, '');
  // `what`, and in parentheses what may have been meant
  const [, what = text, suggestion] = /^(.*?)\s*(?:\((Did you mean .*)\))?$/s.exec(text) ?? [];
  const hint = suggestion?.replace(/^D/, 'd').replaceAll('\n', ' ') ?? nearestChoice(text);
  const listed = command === '' ? LISTED : `rootless-bake help ${command} lists its arguments and options`;
  return new RootlessBakeError('RB_ARGUMENT', what, { hint: hint ?? listed });
}

/** @param command whose part it should be */
export function unknownCommand(name: string, command: Command): RootlessBakeError {
  const names = command.commands.map((part) => part.name());
  return new RootlessBakeError('RB_ARGUMENT', `unknown command '${name}'`, {
    hint: didYouMean(name, names) ?? LISTED,
  });
}

/** `option '--accel <kind>' argument 'xen' is invalid. Allowed choices are auto, kvm, tcg.` */
function nearestChoice(text: string): string | undefined {
  const [, value, choices] =
    /argument(?: value)? '(.*)' is invalid.*Allowed choices are (.*)\.$/s.exec(text) ?? [];
  return value !== undefined && choices !== undefined ? didYouMean(value, choices.split(', ')) : undefined;
}
