import { bake } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { type SbomFlags, sbomOptions } from '../sbom-flags.ts';
import { bakeSummary } from '../summary.ts';

export interface BakeCommandOptions extends RecipeOptions, SbomFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly size?: string;
  readonly headroom?: string;
  /** False with `--no-check`. */
  readonly check: boolean;
}

export async function bakeCommand(
  recipe: string,
  options: BakeCommandOptions,
  context: Context,
): Promise<CommandResult> {
  const { force = false } = options;
  const cake = await loadKnownCake(
    recipe,
    { set: [...(options.set ?? []), ...overrides(options)] },
    context.host,
  );
  const output = options.output ?? `${cake.name}.img`;
  const run = { ...buildOptions(options), ...sbomOptions(options) };
  const baked = await bake(cake, { ...context.host, output, force, ...run });
  const { times } = context;
  return {
    text: bakeSummary({ ...baked, times }),
    brief: `${output}\n`,
    json: { name: cake.name, ...baked, times },
  };
}

/** Options that stand for keys of the recipe, and win over it and `--set`. */
function overrides({ size, headroom, check }: BakeCommandOptions): string[] {
  return [
    ...(size === undefined ? [] : [`bake.size=${size}`]),
    ...(headroom === undefined ? [] : [`bake.headroom=${headroom}`]),
    ...(check ? [] : ['bake.check=false']),
  ];
}
