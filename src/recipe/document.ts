import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Document, Node, Pair } from 'yaml';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { optionalPackage } from '../optional-package.ts';

/** The way from a recipe's top to one of its values. */
export type KeyPath = readonly (string | number)[];

/** A place in a recipe's text, for messages. */
export interface Location {
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  /** The whole line. */
  readonly text: string;
}

/** A recipe that has been read but not checked. */
export interface RecipeDocument {
  /** As the user named it. */
  readonly name: string;
  /** Absolute folder that its relative paths start from. */
  readonly folder: string;
  readonly data: unknown;
  /** Made by code, which can give what a text cannot. */
  readonly isCode: boolean;
  /** Where a value stands, or with `key` one key of it. Recipes in code have no places. */
  locate(path: KeyPath, key?: string): Location | undefined;
  /** A plain YAML scalar as it is written: `0644` where the value is the number 644. */
  written(path: KeyPath): string | undefined;
}

/** File names that a folder is searched for, in this order. */
export const RECIPE_FILES: readonly string[] = ['yaml', 'yml', 'json', 'mjs', 'js', 'ts'].map(
  (extension) => `cake.${extension}`,
);

/**
 * Reads a recipe file of any kind: `.yaml`, `.yml`, `.json`, or a module with the recipe as its default
 * export (`.mjs`, `.js`, `.ts`; a module is code and runs).
 *
 * @param file absolute path
 * @param name how messages call it
 * @throws RB_RECIPE_NOT_FOUND, RB_RECIPE_SYNTAX
 */
export async function readRecipe(file: string, name: string): Promise<RecipeDocument> {
  const extension = extname(file).slice(1);
  if (extension === 'yaml' || extension === 'yml' || extension === 'json') {
    return await parseRecipe(readText(file, name), {
      name,
      folder: dirname(file),
      json: extension === 'json',
    });
  }
  if (extension === 'mjs' || extension === 'js' || extension === 'ts') {
    readText(file, name);
    const data = await importRecipe(file, name);
    return codeDocument(data, { name, folder: dirname(file) });
  }
  throw new RootlessBakeError(
    'RB_RECIPE_NOT_FOUND',
    `${name} is not a recipe: its name ends in none of them`,
    {
      hint: `recipes are called ${RECIPE_FILES.join(', ')}, or anything else with such an ending`,
    },
  );
}

/**
 * Parses the text of a YAML or JSON recipe.
 *
 * @throws RB_RECIPE_SYNTAX with the place
 */
export async function parseRecipe(
  text: string,
  about: { name: string; folder: string; json?: boolean },
): Promise<RecipeDocument> {
  const yaml = await import('yaml');
  const lines = text.split(/\r\n|\n|\r/);
  const counter = new yaml.LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), text: lines[line - 1] ?? '' };
  };
  const document = yaml.parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    ...(about.json && { schema: 'json' }),
  });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault) throw syntaxError(about.name, at(fault.pos[0]), fault.message);
  const find = (path: KeyPath) => descend(document, path, yaml);
  return {
    name: about.name,
    folder: about.folder,
    isCode: false,
    data: about.json ? readJson(text, about.name) : readValue(document, about.name),
    locate(path, key) {
      const place = find(path);
      const pair = key === undefined ? undefined : pairOf(place?.node, key, yaml);
      const offset = (pair?.key as Node | undefined)?.range?.[0] ?? place?.offset;
      return offset === undefined ? undefined : at(offset);
    },
    written(path) {
      const node = find(path)?.node;
      return yaml.isScalar(node) && node.type === 'PLAIN' ? node.source : undefined;
    },
  };
}

/** A recipe that code has made: it has no places. */
export function codeDocument(data: unknown, about: { name: string; folder: string }): RecipeDocument {
  return { ...about, data, isCode: true, locate: () => undefined, written: () => undefined };
}

/** A message with its place in front and the recipe's line below, an arrow under the column. */
export function pointAt(name: string, location: Location | undefined, message: string): string {
  if (!location) return `${name}: ${message}`;
  const { line, column, text } = location;
  const gutter = String(line);
  // Tabs stay tabs, so that the arrow stands below its column whatever their width.
  const indent = text.slice(0, column - 1).replaceAll(/[^\t]/g, ' ');
  return `${name}:${line}:${column}: ${message}\n  ${gutter} | ${text}\n  ${' '.repeat(gutter.length)} | ${indent}^`;
}

type Yaml = typeof import('yaml');

/** The node at a path, through aliases; for a node without a place of its own, where its key stands. */
function descend(
  document: Document,
  path: KeyPath,
  yaml: Yaml,
): { node: unknown; offset: number | undefined } | undefined {
  let node: unknown = document.contents;
  let offset = (node as Node | null)?.range?.[0];
  for (const key of path) {
    if (yaml.isAlias(node)) node = node.resolve(document);
    if (yaml.isSeq(node)) {
      node = node.items[Number(key)];
    } else {
      const pair = pairOf(node, String(key), yaml);
      if (!pair) return undefined;
      offset = (pair.key as Node | null)?.range?.[0] ?? offset;
      node = pair.value;
    }
    offset = (node as Node | null)?.range?.[0] ?? offset;
  }
  return { node: yaml.isAlias(node) ? node.resolve(document) : node, offset };
}

function pairOf(node: unknown, key: string, yaml: Yaml): Pair | undefined {
  if (!yaml.isMap(node)) return undefined;
  return node.items.find((pair) => String(yaml.isScalar(pair.key) ? pair.key.value : pair.key) === key);
}

function readValue(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // A reference that leads nowhere, or aliases that multiply beyond all measure.
    throw new RootlessBakeError('RB_RECIPE_SYNTAX', `${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** YAML's parser gives the places, and is more lenient: this is the judge of what is JSON. */
function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RootlessBakeError('RB_RECIPE_SYNTAX', `${name} is YAML, but not JSON`, {
      hint: 'look for a comma after the last item, a comment, or a key without quotes; or call it .yaml',
      cause: error,
    });
  }
}

function syntaxError(name: string, location: Location, message: string): RootlessBakeError {
  const [sentence] = message.split('\n');
  return new RootlessBakeError('RB_RECIPE_SYNTAX', pointAt(name, location, sentence!));
}

function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new RootlessBakeError('RB_RECIPE_NOT_FOUND', `${name} ${why}`, { cause: error });
  }
}

async function importRecipe(file: string, name: string): Promise<unknown> {
  try {
    const module = await importModule(file);
    if (module.default === undefined) throw new Error('it has no default export');
    return module.default;
  } catch (error) {
    if (error instanceof RootlessBakeError && error.code === 'RB_PACKAGE_MISSING') throw error;
    throw new RootlessBakeError('RB_RECIPE_SYNTAX', `${name} cannot be loaded: ${describe(error)}`, {
      cause: error,
    });
  }
}

/** jiti reads TypeScript, and finds this package for recipes in folders where it is not installed. */
async function importModule(file: string): Promise<{ default?: unknown }> {
  if (extname(file) === '.ts') return await importByJiti(file);
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    if (!isSystemError(error, 'ERR_MODULE_NOT_FOUND') || !error.message.includes("'rootless-bake'"))
      throw error;
    return await importByJiti(file);
  }
}

async function importByJiti(file: string): Promise<{ default?: unknown }> {
  const purpose =
    extname(file) === '.ts' ? 'a recipe in TypeScript' : 'a recipe that imports rootless-bake from elsewhere';
  const { createJiti } = await optionalPackage('jiti', purpose, () => import('jiti'));
  const api = import.meta.resolve('../index.js');
  const jiti = createJiti(import.meta.url, { alias: { 'rootless-bake': fileURLToPath(api) } });
  return await jiti.import<{ default?: unknown }>(file);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
