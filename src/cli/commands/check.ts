import { checkInputs } from '../../build/check-inputs.ts';
import { loadCake } from '../../recipe/load.ts';
import type { CommandResult, RecipeOptions } from '../command.ts';

/** Checks a recipe and that its files are there; neither cooks nor asks the network. */
export async function checkCommand(recipe: string, options: RecipeOptions): Promise<CommandResult> {
  const cake = await loadCake(recipe, { ...(options.set && { set: options.set }) });
  checkInputs(cake, recipe);
  return { text: `${cake.name}: the recipe is good\n`, brief: '', json: { cake } };
}
