import { resolve } from 'node:path';
import type { ShellOptions } from '../../cook/guest/shell.ts';
import { RootlessBakeError } from '../../errors.ts';
import { cook, openShell } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';

export interface ShellCommandOptions extends RecipeOptions {
  readonly bind?: readonly string[];
}

export async function shellCommand(
  recipe: string,
  command: readonly string[],
  options: ShellCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { set, bind = [] } = options;
  const binds = bind.map(parseBind);
  const cake = await loadKnownCake(recipe, { ...(set && { set }) }, context.host);
  const root = await cook(cake, { ...context.host, ...buildOptions(options) });
  try {
    context.leaveInterrupts();
    const exitCode = await openShell(root, { binds, ...(command.length > 0 && { command }) }, context.host);
    return { text: '', brief: '', json: { name: cake.name, exitCode }, exitCode };
  } finally {
    await root.dispose();
  }
}

/** `HOST` or `HOST:GUEST` */
function parseBind(text: string): NonNullable<ShellOptions['binds']>[number] {
  const [host, guest, ...more] = text.split(':');
  if (host && guest !== '' && more.length === 0 && (guest ?? '/').startsWith('/')) {
    return { host: resolve(host), guest: guest ?? resolve(host) };
  }
  throw new RootlessBakeError('RB_ARGUMENT', `--bind ${text} is not HOST:GUEST`, {
    hint: 'write a path of this machine and an absolute path in the root, such as --bind ./src:/mnt',
  });
}
