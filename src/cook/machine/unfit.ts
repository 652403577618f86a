import { RootlessBakeError } from '../../errors.ts';
import { INIT_NAMES } from './init.ts';

/**
 * What the machine part of a recipe asks for and the root cannot give.
 *
 * @param place of the value in the recipe, such as `machine.users[0].shell`
 */
export function unfit(place: string, message: string, hint?: string): RootlessBakeError {
  return new RootlessBakeError('RB_MACHINE_INVALID', `${place}: ${message}`, { hint, key: place });
}

/** The same of what only an init can give. */
export function withoutInit(place: string): RootlessBakeError {
  const names = Object.values(INIT_NAMES).join(', ');
  return unfit(place, 'the root has no init that is known', `/sbin/init must lead to one of ${names}`);
}
