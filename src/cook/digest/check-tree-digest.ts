import { RootlessBakeError } from '../../errors.ts';

/** @throws RB_DIGEST_MISMATCH when a tree has not the digest that a recipe or its lock asks for */
export function checkTreeDigest(actual: string, expected: string): void {
  if (expected.toLowerCase() === actual) return;
  throw new RootlessBakeError(
    'RB_DIGEST_MISMATCH',
    `the cooked tree has not the sha256 that was asked for:\n  expected ${expected.toLowerCase()}\n  actual   ${actual}`,
    {
      hint: 'if recipe or inputs were changed on purpose, put the actual sha256 into the recipe, or lock it anew',
      key: 'cook.sha256',
    },
  );
}
