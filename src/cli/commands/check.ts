import { accessSync, constants } from 'node:fs';
import { bakeInputs, cookInputs } from '../../build/local-inputs.ts';
import { RootlessBakeError } from '../../errors.ts';
import type { Cake } from '../../recipe/cake.ts';
import { loadCake } from '../../recipe/load.ts';
import { isUrl } from '../../recipe/values.ts';
import type { CommandResult, RecipeOptions } from '../command.ts';

/** Checks a recipe and that its files are there; neither cooks nor asks the network. */
export async function checkCommand(recipe: string, options: RecipeOptions): Promise<CommandResult> {
  const cake = await loadCake(recipe, { ...(options.set && { set: options.set }) });
  const inputs = [...cookInputs(cake), ...bakeInputs(cake)].map(({ path }) => path);
  for (const path of [...inputs, ...nixCaches(cake)]) {
    if (path === undefined) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path}, which ${recipe} names, cannot be read`, {
        hint: 'relative paths of a recipe start from its own folder, those of --set from the current one',
        cause,
      });
    }
  }
  return { text: `${cake.name}: the recipe is good\n`, brief: '', json: { cake } };
}

/** Folders that binary caches are in: what a recipe takes from them is pinned, so that they are no inputs themselves. */
function nixCaches({ cook: { contents = [] } }: Cake): (string | undefined)[] {
  return contents.map((item) =>
    'nix' in item && item.cache !== undefined && !isUrl(item.cache) ? item.cache : undefined,
  );
}
