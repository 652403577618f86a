import { RootlessBakeError } from '../errors.ts';

/**
 * Refuses options that would have no effect: who gives one expects something of it.
 *
 * @param flags as they are written, such as `--sbom-files`, and `--no-lock`
 * @param why in words that follow on a colon
 * @throws RB_ARGUMENT when one of them was given
 */
export function refuseUseless(options: object, flags: readonly string[], why: string, hint: string): void {
  const given = flags.filter((flag) => isGiven(options as Readonly<Record<string, unknown>>, flag));
  if (given.length === 0) return;
  const names = given.length === 1 ? given[0]! : `${given.slice(0, -1).join(', ')} and ${given.at(-1)}`;
  const have = given.length === 1 ? 'has' : 'have';
  throw new RootlessBakeError('RB_ARGUMENT', `${names} ${have} no effect here: ${why}`, { hint });
}

/** By the names that commander gives to what it has read. */
function isGiven(options: Readonly<Record<string, unknown>>, flag: string): boolean {
  const isNegative = flag.startsWith('--no-');
  const name = flag
    .slice(isNegative ? 5 : 2)
    .replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
  return isNegative ? options[name] === false : options[name] !== undefined;
}
