import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Tree } from '../../src/tree/tree.ts';
import { arbitraryFileSystem } from './arbitrary-file-system.ts';
import { arbitraryTree } from './arbitrary-tree.ts';
import { EPOCH, type FileSystemChoice, writeImage } from './ext4-image.ts';
import { judgeImage, objections } from './ext4-judges.ts';
import { type DirectoryRecipe, type MetadataRecipe, metadataOf, treeOf } from './tree-recipe.ts';

export type TreeRecipe = MetadataRecipe & DirectoryRecipe;

/** So many trees are top-level directories of one image: the judges' start costs more than their work. */
const TREES_IN_AN_IMAGE = 25;
/** Images that are made while others are judged. */
const LANES = 2;
/** How long one failure is shrunk, in milliseconds. */
const SHRINKING = 3 * 60_000;

export interface PropertyOutcome {
  readonly trees: number;
  readonly names: number;
  readonly images: number;
  /** The smallest trees found on which a judge differs, each with the words for a fixture. */
  readonly failures: readonly string[];
}

/**
 * Writes random trees into random file systems and asks all judges; stops at the first image that is not as it
 * should be and shrinks what is wrong with it.
 */
export async function checkRandomTrees(seed: number, trees: number): Promise<PropertyOutcome> {
  const images = Math.ceil(trees / TREES_IN_AN_IMAGE);
  const choices = fc.sample(arbitraryFileSystem(), { seed, numRuns: images });
  const failures: string[] = [];
  let [next, names] = [0, 0];
  const lane = async (): Promise<void> => {
    while (next < images && failures.length === 0) {
      const index = next;
      next += 1;
      const numRuns = Math.min(TREES_IN_AN_IMAGE, trees - index * TREES_IN_AN_IMAGE);
      const image = { choice: choices[index]!, seed: seed + index, numRuns };
      const outcome = await checkImage(image);
      names += outcome.names;
      failures.push(...outcome.failures);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { trees, names, images, failures };
}

/** What every judge has to object to a tree in a file system; nothing, when all is well. */
export async function judgeTree(tree: Tree, choice: FileSystemChoice): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-property-'));
  const path = join(folder, 'image');
  try {
    await writeImage(path, tree, choice);
    return objections(await judgeImage(path, tree, { blockSize: choice.blockSize, epoch: EPOCH }));
  } catch (error) {
    return [`writer: ${error instanceof Error ? error.stack : error}`];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface RandomImage {
  readonly choice: FileSystemChoice;
  readonly seed: number;
  readonly numRuns: number;
}

async function checkImage(image: RandomImage): Promise<{ names: number; failures: string[] }> {
  const { choice, seed, numRuns } = image;
  const recipes = fc.sample(arbitraryTree(choice.blockSize), { seed, numRuns });
  const tree = sideBySide(recipes);
  const names = [...tree.walk()].length;
  const found = await judgeTree(tree, choice);
  if (found.length === 0) return { names, failures: [] };
  const named = found.flatMap((text) =>
    [...text.matchAll(/\/tree-(\d+)\b/g)].map(([, index]) => Number(index)),
  );
  const suspects = named.length > 0 ? [...new Set(named)].slice(0, 3) : recipes.keys();
  for (const index of suspects) {
    const shrunk = await shrink(image, index);
    if (shrunk !== undefined) return { names, failures: [shrunk] };
  }
  const words = `only together: ${JSON.stringify(choice)}, seed ${seed}, ${numRuns} trees`;
  return { names, failures: [`${words}\n${found.slice(0, 10).join('\n')}`] };
}

/** The smallest tree that fails as the one with this index does, in words; undefined when that does not alone. */
async function shrink({ choice, seed }: RandomImage, index: number): Promise<string | undefined> {
  const property = fc.asyncProperty(arbitraryTree(choice.blockSize), async (recipe) => {
    const found = await judgeTree(treeOf(recipe), choice);
    if (found.length > 0) throw new Error(found.slice(0, 10).join('\n'));
  });
  const parameters = { seed, path: String(index), numRuns: 1, interruptAfterTimeLimit: SHRINKING };
  const { failed, counterexample, errorInstance } = await fc.check(property, parameters);
  if (!failed || !counterexample) return undefined;
  const fixture = JSON.stringify({ fileSystem: choice, tree: counterexample[0] });
  return `${errorInstance instanceof Error ? errorInstance.message : errorInstance}\n${fixture}`;
}

/** One tree with each of the others as a directory of its root, whose metadata is the first one's. */
function sideBySide(recipes: readonly TreeRecipe[]): Tree {
  const tree = new Tree(metadataOf(recipes[0]!));
  for (const [index, recipe] of recipes.entries())
    tree.root.children.set(`tree-${index}`, treeOf(recipe).root);
  return tree;
}
