import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { checkCake } from '../../src/recipe/load.ts';
import { cakeJsonSchema } from '../../src/recipe/schema.ts';
import type { CakeRecipe } from '../../src/recipe/types.ts';
import { recipePage } from '../support/recipe-page.ts';

const text = readFileSync(join(import.meta.dirname, 'every-key.yaml'), 'utf8');
const examples = parseAllDocuments(text).map((document) => document.toJS() as CakeRecipe);

test.each(examples)('the recipe $name, with keys that others lack, is good', async (recipe) => {
  // That a hand-made folder lacks what it names is told when it is cooked.
  expect((await checkCake(recipe)).name).toBe(recipe.name);
});

test('docs/recipes.md is current: npx vitest run test/recipe/reference.test.ts -u writes it', async () => {
  await expect(recipePage(cakeJsonSchema(), examples)).toMatchFileSnapshot('../../docs/recipes.md');
});
