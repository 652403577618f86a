import { accessSync, constants } from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import type { Cake } from '../recipe/cake.ts';
import { isUrl } from '../recipe/values.ts';
import { bakeInputs, cookInputs } from './local-inputs.ts';

/**
 * Looks whether the files and folders are there that a recipe names.
 *
 * @param name of the recipe, for the message
 * @throws RB_INPUT_NOT_FOUND
 */
export function checkInputs(cake: Cake, name: string = cake.name): void {
  const inputs = [...cookInputs(cake), ...bakeInputs(cake)].map(({ path }) => path);
  for (const path of [...inputs, ...nixCaches(cake)]) {
    if (path === undefined) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path}, which ${name} names, cannot be read`, {
        hint: 'relative paths of a recipe start from its own folder, those of --set from the current one',
        cause,
      });
    }
  }
}

/** Folders that binary caches are in: what a recipe takes from them is pinned, so that they are no inputs themselves. */
function nixCaches({ cook: { contents = [] } }: Cake): (string | undefined)[] {
  return contents.map((item) =>
    'nix' in item && item.cache !== undefined && !isUrl(item.cache) ? item.cache : undefined,
  );
}
