import { accessSync, constants } from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import type { Cake } from '../recipe/cake.ts';
import { isUrl } from '../recipe/values.ts';
import { bakeInputs, cookInputs, type LocalInput } from './local-inputs.ts';

/**
 * Looks whether the files and folders are there that a recipe names.
 *
 * @throws RB_INPUT_NOT_FOUND
 */
export function checkInputs(cake: Cake): void {
  for (const { path, place } of [...cookInputs(cake), ...bakeInputs(cake), ...nixCaches(cake)]) {
    if (path === undefined) continue;
    try {
      accessSync(path, constants.R_OK);
    } catch (cause) {
      throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} cannot be read`, {
        hint: 'relative paths of a recipe start from its own folder, those of --set from the current one',
        key: place,
        cause,
      });
    }
  }
}

/** Folders that binary caches are in: what a recipe takes from them is pinned, so that they are no inputs themselves. */
function nixCaches({ cook: { contents = [] } }: Cake): LocalInput[] {
  return contents.flatMap((item, index) =>
    'nix' in item && item.cache !== undefined && !isUrl(item.cache)
      ? [{ place: `cook.contents[${index}].cache`, path: item.cache }]
      : [],
  );
}
