import { readFileSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import type { Document, Node, Pair } from '../vendor/yaml.ts';
import { importRecipe } from './code-recipe.ts';
import { jsonFault } from './json-fault.ts';
import { type Location, linesOf, locationAt, placeOf, pointAt } from './location.ts';

/** The way from a recipe's top to one of its values. */
export type KeyPath = readonly (string | number)[];

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

/** What the names of recipes end in. */
export const RECIPE_SUFFIXES: readonly string[] = ['yaml', 'yml', 'json', 'mjs', 'js', 'ts'];

/** File names that a folder is searched for, in this order. */
export const RECIPE_FILES: readonly string[] = RECIPE_SUFFIXES.map((suffix) => `cake.${suffix}`);

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
    const data = await importRecipe(file, name, readText(file, name));
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
  const yaml = await import('../vendor/yaml.ts');
  const lines = linesOf(text);
  const counter = new yaml.LineCounter();
  const at = (offset: number): Location => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col), text: lines[line - 1] ?? '' };
  };
  const data = about.json ? readJson(text, about.name) : undefined;
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
    data: about.json ? data : readValue(document, about.name),
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

type Yaml = typeof import('../vendor/yaml.ts');

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

/** YAML's parser gives the places of values, and is more lenient: this is the judge of what is JSON. */
function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = jsonFault(text);
    const location = fault && locationAt(text, fault.offset);
    throw new RootlessBakeError(
      'RB_RECIPE_SYNTAX',
      pointAt(name, location, fault ? `this is no JSON: ${fault.message}` : 'this is no JSON'),
      {
        hint: 'look for a comma after the last item, a comment, or a key without quotes; or call it .yaml',
        where: placeOf(name, location),
        cause: error,
      },
    );
  }
}

/** What to do about the commonest faults, by the words of YAML's parser. */
const SYNTAX_HINTS: readonly (readonly [fault: RegExp, hint: string])[] = [
  [/^Tabs are not allowed/, 'indent by spaces'],
  [/^Flow (?:map|sequence)/, 'look for a { or [ that is not closed, or is closed too far left'],
  [/^Missing closing .*quote/, 'look for a quote that is not closed'],
  [/^Nested mappings are not allowed/, 'put a text with a colon in quotes'],
  [/^Map keys must be unique/, 'a key stands once: put what both say into one'],
];

function syntaxError(name: string, location: Location, message: string): RootlessBakeError {
  const [sentence] = message.split('\n');
  return new RootlessBakeError('RB_RECIPE_SYNTAX', pointAt(name, location, sentence!), {
    hint: SYNTAX_HINTS.find(([fault]) => fault.test(sentence!))?.[1],
    where: placeOf(name, location),
  });
}

export function readText(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const why = error.code === 'ENOENT' ? 'does not exist' : `cannot be read (${error.code})`;
    throw new RootlessBakeError('RB_RECIPE_NOT_FOUND', `${name} ${why}`, { cause: error });
  }
}
