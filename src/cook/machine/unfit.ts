import { RootlessBakeError } from '../../errors.ts';

/**
 * What the machine part of a recipe asks for and the root cannot give.
 *
 * @param place of the value in the recipe, such as `machine.users[0].shell`
 */
export function unfit(place: string, message: string, hint?: string): RootlessBakeError {
  return new RootlessBakeError('RB_MACHINE_INVALID', `${place}: ${message}`, { hint });
}
