import { bake } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { type BakeFlags, bakeOverrides } from '../bake-overrides.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { type SbomFlags, sbomOptions } from '../sbom-flags.ts';
import { bakeSummary } from '../summary.ts';

export interface BakeCommandOptions extends Omit<RecipeOptions, 'set'>, BakeFlags, SbomFlags {
  readonly output?: string;
  readonly force?: boolean;
  /** Where the path of the recipe and those of `--set` start from: for `verify`, which bakes in other folders. */
  readonly recipeFolder?: string;
}

export async function bakeCommand(
  recipe: string,
  options: BakeCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { force = false, recipeFolder } = options;
  const loading = { set: bakeOverrides(options), ...(recipeFolder !== undefined && { cwd: recipeFolder }) };
  const cake = await loadKnownCake(recipe, loading, context.host);
  const output = options.output ?? `${cake.name}.img`;
  const run = { ...buildOptions(options), ...sbomOptions(options) };
  const baked = await bake(cake, { ...context.host, output, force, ...run });
  const { times } = context;
  return {
    text: bakeSummary({ ...baked, times, elapsed: context.elapsed() }),
    brief: `${output}\n`,
    json: { name: cake.name, ...baked, times },
  };
}
