import { plan } from '../../library.ts';
import { loadKnownCake } from '../../recipe/known-cake.ts';
import { type BakeFlags, bakeOverrides } from '../bake-overrides.ts';
import { buildOptions, type CommandResult, type Context, type RecipeOptions } from '../command.ts';
import { planText } from '../plan-text.ts';

export interface PlanCommandOptions extends Omit<RecipeOptions, 'set'>, BakeFlags {
  readonly output?: string;
}

/** Tells what a bake would do; does nothing of it. */
export async function planCommand(
  recipe: string,
  options: PlanCommandOptions,
  { host }: Context,
): Promise<CommandResult> {
  const cake = await loadKnownCake(recipe, { set: bakeOverrides(options) }, host);
  const { keepScratch: _, ...run } = buildOptions(options);
  const planned = await plan(cake, { ...host, ...run, output: options.output });
  const urls = planned.inputs
    .filter(({ knownBy }) => knownBy !== undefined)
    .flatMap(({ files }) => files)
    .filter(({ state }) => state === 'fetch')
    .map(({ url }) => `${url}\n`);
  return { text: planText(planned, recipe), brief: [...new Set(urls)].join(''), json: planned };
}
