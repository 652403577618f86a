import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RootlessBakeError } from '../errors.ts';
import { hostname } from '../recipe/machine-values.ts';
import { cakeName } from '../recipe/values.ts';
import { didYouMean } from '../suggest.ts';
import { stringify } from '../vendor/yaml.ts';
import {
  DEFAULT_TEMPLATE,
  fillTemplate,
  TEMPLATES,
  type TemplateFile,
  type TemplateName,
} from './templates.ts';
import { writeFiles } from './write-files.ts';

/** What a recipe begins with. */
export interface InitOptions {
  /** Default: `hello`. */
  readonly template?: TemplateName;
  /** Of the recipe and its machine. Default: the folder's, where that may be one, else the template's. */
  readonly name?: string;
  /** Overwrites what is there. */
  readonly force?: boolean;
}

/** What was written. */
export interface InitResult {
  readonly template: TemplateName;
  readonly name: string;
  /** Of what was written, from the folder on; the recipe is the first. */
  readonly files: readonly string[];
  /** Files that were there, and are left as they are. */
  readonly kept: readonly string[];
}

const SCHEMA = 'cake.schema.json';

/** Of a name between dots: RFC 1123. */
const LONGEST_LABEL = 63;

const IGNORED: TemplateFile = {
  path: '.gitignore',
  text: '# Images are baked, not kept.\n*.img\n',
  isExecutable: false,
};

/**
 * Writes a recipe to begin with, and the files that it needs, into a folder: all of them or none. A `.gitignore` that
 * is there stays.
 *
 * @param folder is made when it is missing
 * @throws RB_ARGUMENT for a template that there is not; RB_RECIPE_INVALID for a name that is none
 * @throws RB_OUTPUT_EXISTS with the names of what is there; RB_OUTPUT_UNWRITABLE
 */
export function init(folder: string, options: InitOptions): InitResult {
  const { template = DEFAULT_TEMPLATE, force = false } = options;
  if (!Object.hasOwn(TEMPLATES, template)) throw unknownTemplate(template);
  const name = cakeName(options.name ?? nameOf(folder) ?? template);
  const installed = installedSchema(folder);
  const files = [
    ...fillTemplate(template, {
      NAME: name,
      CAKE: inYaml(name),
      HOST: inYaml(hostnameFrom(name)),
      SCHEMA: installed ?? `./${SCHEMA}`,
    }),
    ...(installed === undefined ? [ownSchema()] : []),
  ];
  const isKept = existsSync(join(folder, IGNORED.path));
  if (!isKept) files.push(IGNORED);
  writeFiles(folder, files, force);
  return { template, name, files: files.map(({ path }) => path), kept: isKept ? [IGNORED.path] : [] };
}

function nameOf(folder: string): string | undefined {
  try {
    return cakeName(basename(resolve(folder)));
  } catch {
    return undefined;
  }
}

/** In quotes where YAML would read a number, say. */
function inYaml(text: string): string {
  return stringify(text).trimEnd();
}

/** Recipes may have names that machines may not: `my_box` becomes `my-box`. */
function hostnameFrom(name: string): string {
  try {
    return hostname(name);
  } catch {
    const words = name.replaceAll(/[^A-Za-z0-9]+/g, '-');
    const label = /^[\d-]+$/.test(words) ? `machine-${words}` : words;
    return hostname(label.slice(0, LONGEST_LABEL).replace(/-+$/, ''));
  }
}

/** Where a project has installed this package, the schema there is the one of its version, now and later. */
function installedSchema(folder: string): string | undefined {
  const start = resolve(folder);
  for (let at = start; ; at = dirname(at)) {
    const path = join(at, 'node_modules/rootless-bake', SCHEMA);
    if (existsSync(path)) {
      const way = relative(start, path);
      return way.startsWith('.') ? way : `./${way}`;
    }
    if (at === dirname(at)) return undefined;
  }
}

function ownSchema(): TemplateFile {
  const path = fileURLToPath(new URL(`../../${SCHEMA}`, import.meta.url));
  return { path: SCHEMA, text: readFileSync(path, 'utf8'), isExecutable: false };
}

function unknownTemplate(template: string): RootlessBakeError {
  const names = Object.keys(TEMPLATES);
  return new RootlessBakeError('RB_ARGUMENT', `there is no template ${JSON.stringify(template)}`, {
    hint: didYouMean(template, names) ?? `the templates are ${names.join(', ')}`,
  });
}
