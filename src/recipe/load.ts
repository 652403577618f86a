import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RootlessBakeError } from '../errors.ts';
import { isFolder } from '../store/folder.ts';
import { didYouMean } from '../suggest.ts';
import type { Cake } from './cake.ts';
import { codeDocument, RECIPE_FILES, type RecipeDocument, readRecipe } from './document.ts';
import { recipeError } from './faults.ts';
import { applyOverrides, type Override, overrideOf, parseOverride } from './overrides.ts';
import { resolvePaths } from './resolve.ts';
import type { CakeRecipe } from './types.ts';
import { asWritten, type Reread } from './written.ts';

/** Overrides of a recipe, and where relative paths start from. */
export interface LoadOptions {
  /** `key=value` overrides as `--set` takes them; relative paths in them start from `cwd`. */
  readonly set?: readonly string[];
  /** Where a relative recipe and relative overrides start from. Default: the process's directory. */
  readonly cwd?: string;
}

/** Recipes that have been checked, to be told from those that somebody has put together. */
const CHECKED = new WeakSet<object>();

/** Spares a recipe that has been checked the next check; it knows what it was written as. */
export function asChecked(cake: Cake, reread: Reread): Cake {
  CHECKED.add(cake);
  return asWritten(cake, reread);
}

/** The folder of the recipes that come with the package. */
const CAKES = fileURLToPath(new URL('../../fixtures/cakes/', import.meta.url));

/**
 * Loads a recipe and checks it.
 *
 * @param from a recipe file; a folder that holds a `cake.yaml`, `.yml`, `.json`, `.mjs`, `.js` or `.ts`; or the
 *   bare name of a recipe that comes with the package (`hello`)
 * @throws RB_RECIPE_NOT_FOUND, RB_RECIPE_SYNTAX, RB_RECIPE_UNKNOWN_KEY, RB_RECIPE_INVALID, RB_BASE_MISSING,
 *   RB_ARGUMENT for overrides
 *
 * @example
 * import { bake, loadCake } from 'rootless-bake';
 *
 * const cake = await loadCake('hello', { set: ['bake.size=96M'] });
 * await bake(cake, { output: 'hello.img' });
 */
export async function loadCake(from: string, options: LoadOptions = {}): Promise<Cake> {
  const cwd = resolve(options.cwd ?? '.');
  const overrides = await Promise.all((options.set ?? []).map(parseOverride));
  const { file, name, isBuiltIn } = findRecipe(from, cwd);
  const document = await readRecipe(file, name);
  const cake = await checkDocument(document, overrides, cwd);
  // Nobody can write beside the recipes that come with the package.
  const folder = isBuiltIn ? cwd : dirname(file);
  const lockFile = join(folder, `${basename(file, extname(file))}.lock`);
  return asChecked({ ...cake, lockFile }, async () => ({ document, overrides }));
}

/**
 * Checks a recipe made in code. A {@link Cake} that has been checked passes unchanged.
 *
 * @param folder where its relative paths start from; default: the process's directory
 * @throws RB_RECIPE_UNKNOWN_KEY, RB_RECIPE_INVALID, RB_BASE_MISSING
 */
export async function checkCake(recipe: CakeRecipe | Cake, folder = '.'): Promise<Cake> {
  if (CHECKED.has(recipe)) return recipe as Cake;
  const { lockFile, ...data } = recipe as Cake;
  const document = codeDocument(data, { name: 'recipe', folder: resolve(folder) });
  const cake = await checkDocument(document, [], document.folder);
  return asWritten({ ...cake, ...(lockFile !== undefined && { lockFile }) }, async () => ({
    document,
    overrides: [],
  }));
}

/** Checks what was read, overrides in place, and makes its paths absolute. */
export async function checkDocument(
  document: RecipeDocument,
  overrides: readonly Override[],
  cwd: string,
): Promise<Cake> {
  const { BASE_HINT, cakeSchema } = await import('./schema.ts');
  const data = applyOverrides(document.data, overrides);
  const schema = cakeSchema(!document.isCode);
  const result = schema.safeParse(data);
  if (!result.success) {
    throw recipeError(result.error.issues, { document, overrides, data, schema, baseHint: BASE_HINT });
  }
  return resolvePaths(result.data, document.folder, (path) =>
    overrideOf(overrides, path) ? cwd : document.folder,
  );
}

/** The names of the recipes that come with the package. */
export function builtInCakes(): string[] {
  return readdirSync(CAKES)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();
}

/** Where a recipe is. */
export interface FoundRecipe {
  /** Absolute. */
  readonly file: string;
  /** As messages call it. */
  readonly name: string;
  readonly isBuiltIn?: boolean;
}

/** @throws RB_RECIPE_NOT_FOUND */
export function findRecipe(from: string, cwd: string): FoundRecipe {
  if (/^[A-Za-z0-9_-]+$/.test(from)) {
    const file = join(CAKES, `${from}.yaml`);
    if (existsSync(file)) return { file, name: `${from} (built in)`, isBuiltIn: true };
  }
  const path = resolve(cwd, from);
  if (isFolder(path)) return recipeIn(path, from);
  if (existsSync(path)) return { file: path, name: from };
  throw new RootlessBakeError('RB_RECIPE_NOT_FOUND', `there is no recipe ${JSON.stringify(from)}`, {
    hint:
      didYouMean(from, builtInCakes()) ??
      `name a file, a folder with a cake.yaml, or a built-in recipe: ${builtInCakes().join(', ')}`,
  });
}

function recipeIn(folder: string, name: string): FoundRecipe {
  const found = RECIPE_FILES.find((file) => existsSync(join(folder, file)));
  if (found) return { file: join(folder, found), name: join(name, found) };
  throw new RootlessBakeError('RB_RECIPE_NOT_FOUND', `the folder ${name} holds no recipe`, {
    hint: `it would be called ${RECIPE_FILES.join(', ')}; rootless-bake init writes one`,
  });
}
