import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkCake } from '../../src/recipe/load.ts';
import type { CakeRecipe } from '../../src/recipe/types.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const documents = ['README.md', ...readdirSync(join(PROJECT, 'docs')).map((name) => `docs/${name}`)];

/** The parts of recipes that a document shows, with the line each begins at. */
function examplesOf(document: string): [line: number, text: string][] {
  const text = readFileSync(join(PROJECT, document), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map((match) => [
    text.slice(0, match.index).split('\n').length,
    // Digests are too long for prose.
    match[1]!.replaceAll('sha256:…', `sha256:${'0'.repeat(64)}`),
  ]);
}

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

const examples = documents.flatMap((document) =>
  examplesOf(document).map(([line, text]) => [`${document}:${line}`, text] as const),
);

describe('recipes in the documents', () => {
  test.each(examples)('%s', async (_, text) => {
    const recipe = parse(text) as Partial<CakeRecipe>;
    expect(Object.keys(recipe).filter((key) => !['name', 'cook', 'machine', 'bake'].includes(key))).toEqual(
      [],
    );
    const cake = await checkCake(completed(recipe));
    expect(Object.keys(cake.cook)).toEqual(expect.arrayContaining(Object.keys(recipe.cook ?? {})));
  });
});
