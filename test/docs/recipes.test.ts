/** The recipes, and parts of recipes, that the documents show. */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkCake } from '../../src/recipe/load.ts';
import type { CakeRecipe } from '../../src/recipe/types.ts';
import { blocksOf, fileNameOf } from '../support/document.ts';
import { DOCUMENTS, readDocument } from '../support/documents.ts';

const examples = DOCUMENTS.flatMap((document) =>
  blocksOf(readDocument(document))
    .filter((block) => block.language === 'yaml' && /^$|cake\.yaml$/.test(fileNameOf(block) ?? ''))
    // Digests are too long for prose.
    .map(({ line, text }) => [
      `${document}:${line}`,
      text.replaceAll('sha256:…', `sha256:${'0'.repeat(64)}`),
    ]),
);

/** A part of a recipe, with what every recipe must have. */
function completed({ name = 'shown', cook, machine, bake }: Partial<CakeRecipe>): CakeRecipe {
  const kernel = { deb: 'linux-image-cloud-amd64' };
  return {
    name,
    cook: { base: { empty: true }, ...cook },
    ...(machine && { machine }),
    ...(bake && { bake: { ...bake, kernel: bake.kernel ?? kernel } }),
  };
}

describe('recipes in the documents', () => {
  test.each(examples)('%s', async (_, text) => {
    const recipe = parse(text!) as Partial<CakeRecipe>;
    const known = ['name', 'cook', 'machine', 'bake'];
    expect(Object.keys(recipe).filter((key) => !known.includes(key))).toEqual([]);
    const cake = await checkCake(completed(recipe));
    expect(Object.keys(cake.cook)).toEqual(expect.arrayContaining(Object.keys(recipe.cook ?? {})));
  });
});
