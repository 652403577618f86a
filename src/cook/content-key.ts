import { forKey, type RootlessBakeError } from '../errors.ts';
import type { BaseOptions, ContentOptions } from './options.ts';

const BASES = ['tar', 'oci', 'alpine', 'dir', 'volume'];
const CONTENTS = ['dir', 'file', 'mkdir', 'symlink', 'deb', 'debian', 'nix'];

/**
 * Does some work on a base; errors tell its key.
 *
 * @param place `cook.base` of a recipe, or the option that has it
 */
export function forBase<T>(place: string, base: BaseOptions, work: () => T): T {
  return forKey((error) => keyIn(place, base, BASES, error), work);
}

/** Does some work on a content; errors tell its key of the recipe. */
export function forContent<T>(content: ContentOptions, index: number, work: () => T): T {
  return forKey((error) => keyIn(`cook.contents[${index}]`, content, CONTENTS, error), work);
}

/** What names the item, or its digest where that is wrong. */
function keyIn(place: string, item: object, kinds: readonly string[], { code }: RootlessBakeError): string {
  const key =
    code === 'RB_DIGEST_MISMATCH' && 'sha256' in item ? 'sha256' : kinds.find((kind) => kind in item);
  return key === undefined ? place : `${place}.${key}`;
}
