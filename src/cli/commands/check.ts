import { checkInputs } from '../../build/check-inputs.ts';
import { loadCake } from '../../recipe/load.ts';
import { withPlaces } from '../../recipe/written.ts';
import type { CommandResult, RecipeOptions } from '../command.ts';

/** Checks a recipe and that its files are there; neither cooks nor asks the network. */
export async function checkCommand(recipe: string, options: RecipeOptions): Promise<CommandResult> {
  const cake = await loadCake(recipe, { ...(options.set && { set: options.set }) });
  await withPlaces(cake, () => checkInputs(cake));
  return { text: `${cake.name}: the recipe is good\n`, brief: '', json: { cake } };
}
