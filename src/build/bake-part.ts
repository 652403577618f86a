import type { BakeOptions } from '../bake/options.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Cake } from '../recipe/cake.ts';

/** The `bake` part of a recipe that has to have one. @throws RB_RECIPE_INVALID */
export function bakePart({ name, bake }: Cake): BakeOptions {
  if (bake) return bake;
  throw new RootlessBakeError('RB_RECIPE_INVALID', `the recipe ${name} has no bake part`, {
    hint: 'only its root can be cooked; for an image it needs bake: { size: …, kernel: … }',
  });
}
