import { RootlessBakeError } from '../errors.ts';

/** The complaint about one value of a recipe. Where it stands is added by who knows. */
export function invalid(message: string, hint: string): RootlessBakeError {
  return new RootlessBakeError('RB_RECIPE_INVALID', message, { hint });
}
