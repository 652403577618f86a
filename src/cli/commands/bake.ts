import { bake, loadCake } from '../../index.ts';
import type { CommandResult, Context, RecipeOptions } from '../command.ts';
import { bakeSummary } from '../summary.ts';

export interface BakeCommandOptions extends RecipeOptions {
  readonly output?: string;
  readonly force?: boolean;
}

export async function bakeCommand(
  recipe: string,
  options: BakeCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { set, keepScratch, force = false } = options;
  const cake = await loadCake(recipe, { ...(set && { set }) });
  const output = options.output ?? `${cake.name}.img`;
  const baked = await bake(cake, { ...context.host, output, force, ...(keepScratch && { keepScratch }) });
  const { times } = context;
  return {
    text: bakeSummary({ ...baked, times }),
    brief: `${output}\n`,
    json: { name: cake.name, ...baked, times },
  };
}
