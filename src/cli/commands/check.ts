import { accessSync, constants } from 'node:fs';
import { RootlessBakeError } from '../../errors.ts';
import type { Cake } from '../../recipe/cake.ts';
import { loadCake } from '../../recipe/load.ts';
import { isDebPath, isUrl } from '../../recipe/values.ts';
import { parseImageLocation } from '../../sources/oci/location.ts';
import type { CommandResult, RecipeOptions } from '../command.ts';

/** Checks a recipe and that its files are there; neither cooks nor asks the network. */
export async function checkCommand(recipe: string, options: RecipeOptions): Promise<CommandResult> {
  const cake = await loadCake(recipe, { ...(options.set && { set: options.set }) });
  for (const path of hostFiles(cake)) {
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

/** Every file and folder of this machine that a recipe names. */
function hostFiles({ cook, bake }: Cake): string[] {
  const { base, contents = [], repositories = [] } = cook;
  const debs = (...names: (string | undefined)[]) =>
    names.filter((name) => name !== undefined && isDebPath(name));
  return [
    ...('tar' in base ? [base.tar] : []),
    ...('oci' in base ? [parseImageLocation(base.oci)?.path] : []),
    ...('dir' in base ? [base.dir] : []),
    ...repositories,
    ...contents.flatMap((item) => {
      if ('dir' in item) return [item.dir];
      if ('file' in item) return [item.file];
      if ('nix' in item) return [item.cache];
      if ('debian' in item) return [item.keyring].flat();
      return 'deb' in item ? debs(item.deb) : [];
    }),
    ...(bake ? parts(bake.kernel, debs) : []),
    ...(bake?.bootloader ? parts(bake.bootloader, debs) : []),
  ].filter((path): path is string => path !== undefined && !isUrl(path));
}

function parts(
  source: { readonly deb: string } | Readonly<Record<string, string | undefined>>,
  debs: (name: string | undefined) => (string | undefined)[],
): (string | undefined)[] {
  return 'deb' in source ? debs(source.deb) : Object.values(source);
}
