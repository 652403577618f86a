/** Recipes that are code: `cake.mjs`, `cake.js`, `cake.ts`. */
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { optionalPackage } from '../optional-package.ts';
import { type Location, locationIn, placeOf, pointAt } from './location.ts';

/**
 * Runs a module and gives its default export.
 *
 * @param file absolute path
 * @param name how messages call it
 * @param text what the file holds, for messages
 * @throws RB_RECIPE_SYNTAX with the line, where the module tells it; RB_PACKAGE_MISSING
 */
export async function importRecipe(file: string, name: string, text: string): Promise<unknown> {
  try {
    const module = await importModule(file);
    if (module.default === undefined) throw new Error('it has no default export');
    return module.default;
  } catch (error) {
    if (error instanceof RootlessBakeError && error.code === 'RB_PACKAGE_MISSING') throw error;
    const { message, location } = await explain(error, file, text);
    throw new RootlessBakeError(
      'RB_RECIPE_SYNTAX',
      pointAt(name, location, `the module cannot be loaded: ${message}`),
      {
        hint: 'a recipe in code is a module whose default export is the recipe: export default { name, cook }',
        where: placeOf(name, location),
        cause: error,
      },
    );
  }
}

/** jiti reads TypeScript, and finds this package for recipes in folders where it is not installed. */
async function importModule(file: string): Promise<{ default?: unknown }> {
  if (isTypeScript(file)) return await importByJiti(file);
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!isSystemError(error, 'ERR_MODULE_NOT_FOUND') || !error.message.includes("'rootless-bake'"))
      throw error;
    return await importByJiti(file);
  }
}

async function importByJiti(file: string): Promise<{ default?: unknown }> {
  const purpose = isTypeScript(file)
    ? 'a recipe in TypeScript'
    : 'a recipe that imports rootless-bake from elsewhere';
  const { createJiti } = await optionalPackage('jiti', purpose, () => import('jiti'));
  const api = import.meta.resolve('../index.js');
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    alias: { 'rootless-bake': fileURLToPath(api) },
  });
  return await jiti.import<{ default?: unknown }>(file);
}

interface Explained {
  readonly message: string;
  readonly location?: Location | undefined;
}

/** Node does not say where a module cannot be parsed; jiti does. */
async function explain(error: unknown, file: string, text: string): Promise<Explained> {
  if (!(error instanceof Error)) return { message: String(error) };
  const parsed =
    parseError(error, file) ?? (error instanceof SyntaxError ? await parseAgain(file) : undefined);
  if (parsed) return { message: parsed.message, location: locationIn(text, parsed.line, parsed.column) };
  const frame = frameIn(error, file);
  // What TypeScript is compiled to has its lines, but not its columns.
  const location = frame && locationIn(text, frame.line, isTypeScript(file) ? undefined : frame.column);
  return { message: error.message, location };
}

interface ParseError {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

async function parseAgain(file: string): Promise<ParseError | undefined> {
  try {
    await importByJiti(file);
    return undefined;
  } catch (error) {
    return error instanceof Error ? parseError(error, file) : undefined;
  }
}

/** jiti writes `ParseError: what` and, on the next line, ` file:line:column`. */
function parseError({ message }: Error, file: string): ParseError | undefined {
  const [, what, at, line, column] = /ParseError: (.*?)\s*\n\s*(.+):(\d+):(\d+)\s*$/s.exec(message) ?? [];
  return at === file ? { message: what!, line: Number(line), column: Number(column) + 1 } : undefined;
}

/** The innermost line of the file that a stack names. */
function frameIn({ stack = '' }: Error, file: string): { line: number; column: number } | undefined {
  for (const [, at, line, column] of stack.matchAll(/((?:file:\/\/)?\/[^\n()]*):(\d+):(\d+)\)?$/gm)) {
    const path = at!.startsWith('file:') ? fileURLToPath(at!) : at;
    if (path!.split('?')[0] === file) return { line: Number(line), column: Number(column) };
  }
  return undefined;
}

function isTypeScript(file: string): boolean {
  return extname(file) === '.ts';
}
