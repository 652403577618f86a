import { relative } from 'node:path';
import { lock } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';

export interface LockCommandOptions extends RecipeOptions {
  /** Names of entries; true: all. */
  readonly update?: true | readonly string[];
}

export async function lockCommand(
  recipe: string,
  options: LockCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { set, update } = options;
  const cake = await loadKnownCake(recipe, { ...(set && { set }) }, context.host);
  const names = update === true ? [] : update;
  const { lockFile } = buildOptions(options);
  const locked = await lock(cake, {
    ...context.host,
    ...(lockFile !== undefined && { lockFile }),
    ...(names && { update: names }),
  });
  const { path, changed, removed } = locked;
  const { inputs, tree } = locked.lock;
  const shown = relative('.', path);
  const lines = [
    ...changed.map((name) => `  + ${name}`),
    ...removed.map((name) => `  - ${name}`),
    ...(changed.length + removed.length === 0 ? ['  nothing has changed'] : []),
    `  ${inputs.length} inputs${tree === undefined ? '' : `, tree ${tree}`}`,
  ];
  return {
    text: `${shown}\n${lines.join('\n')}\n`,
    brief: `${shown}\n`,
    json: { name: cake.name, path, tree, inputs, changed, removed, times: context.times },
  };
}
