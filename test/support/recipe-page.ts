/** docs/recipes.md: every key of the schema, with examples out of recipes that are checked. */

/** What of JSON Schema the recipes' schema has. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

const INTRODUCTION = `# Recipes: every key

<!-- Made from the schema: npx vitest run test/recipe/reference.test.ts -u writes it anew. -->

A recipe is YAML or JSON, or a module (\`cake.mjs\`, \`cake.ts\`) that exports one, as \`defineCake\` has it. Relative paths
are taken from the recipe's folder. Sizes are bytes, or text in powers of 1024: \`512K\`, \`128M\`, \`1.5G\`.
\`--set bake.size=256M\` changes a value for one run; the value is YAML, and items of lists have numbers
(\`--set 'cook.contents.0={ dir: ./other }'\`). Keys with * must be there.

Editors complete and check recipes by [cake.schema.json](../cake.schema.json): write
\`# yaml-language-server: $schema=PATH\` in the first line. \`rootless-bake schema\` prints it, and \`rootless-bake check\`
says what is wrong with a recipe, with line and column.
`;

/**
 * The page.
 * @param examples recipes as they are parsed; the first that has a key gives its example
 * @throws {Error} for keys without an example or a description
 */
export function recipePage(schema: JsonSchema, examples: readonly unknown[]): string {
  const sections: string[] = [];
  const faults: string[] = [];
  const visit = (path: string, node: JsonSchema, values: readonly unknown[]): void => {
    const branches = branchesOf(node);
    for (const branch of branches) {
      const [first = ''] = branch.required ?? Object.keys(branch.properties!);
      const fitting = values.filter((value) => isObject(value) && (branches.length === 1 || first in value));
      const key = branches.length === 1 ? '' : first;
      sections.push(section(path, key, branch, fitting, faults));
    }
    for (const branch of branches) {
      for (const [key, child] of Object.entries(branch.properties!)) {
        const inner = values.flatMap((value) => (isObject(value) && key in value ? [value[key]].flat() : []));
        if (branchesOf(child).length > 0) visit(path === '' ? key : `${path}.${key}`, child, inner);
      }
    }
  };
  visit('', schema, examples);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  return [INTRODUCTION, ...sections].join('\n');
}

/** The objects that may stand at a place, as such or as items of a list. */
function branchesOf(node: JsonSchema): JsonSchema[] {
  if (node.properties) return [node];
  const branches = [...(node.items ? [node.items] : []), ...(node.anyOf ?? [])].flatMap(branchesOf);
  return [...new Map(branches.map((branch) => [JSON.stringify(branch), branch])).values()];
}

function section(
  path: string,
  branch: string,
  { properties, required = [] }: JsonSchema,
  values: readonly unknown[],
  faults: string[],
): string {
  const rows = Object.entries(properties!).map(([key, node]) => {
    const value = values.find((item) => isObject(item) && key in item);
    const isSection = branchesOf(node).length > 0;
    const { text, standard } = describe(node.description ?? '');
    const full = [path, branch, key].filter(Boolean).join('.');
    if (!isSection && value === undefined)
      faults.push(`no example in test/recipe/every-key.yaml has ${full}`);
    if (text === '') faults.push(`the schema does not describe ${full}`);
    const link = `[\`${key}\`](#${anchor(path === '' ? key : `${path}.${key}`, node)})`;
    const name = `${isSection ? link : `\`${key}\``}${required.includes(key) ? ' *' : ''}`;
    const example = isSection || !isObject(value) ? '' : `\`${inline(value[key])}\``;
    return `| ${[name, typeOf(node), standard, text, example].map(cell).join(' | ')} |`;
  });
  const title = path === '' ? 'The recipe' : branch === '' ? `\`${path}\`` : `\`${path}\`: \`${branch}\``;
  return [
    `## ${title}\n`,
    '| key | type | default | what it says | example |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** Where GitHub puts the heading of a section, or of the first where several things may stand. */
function anchor(path: string, node: JsonSchema): string {
  const [first, second] = branchesOf(node);
  return [path.replaceAll('.', ''), ...(second ? (first!.required ?? []).slice(0, 1) : [])]
    .join('-')
    .toLowerCase();
}

/** A description without its default, and the default. */
function describe(description: string): { text: string; standard: string } {
  const [sentence, standard] = / ?Default: (.+?)\.(?= |$)/i.exec(description) ?? [];
  if (standard !== undefined) return { text: description.replace(sentence!, '').trim(), standard };
  const [, named] = /(\w+) \(default\)/.exec(description) ?? [];
  return { text: description.replace(' (default)', ''), standard: named ? `\`${named}\`` : '' };
}

function typeOf({ type, items, anyOf, enum: values, const: value }: JsonSchema): string {
  if (values) return values.map((word) => `\`${word}\``).join(', ');
  if (value !== undefined) return `\`${value}\``;
  if (anyOf) return [...new Set(anyOf.map(typeOf))].join(' or ');
  if (items) return `list of ${typeOf(items)}s`.replace(/ss$/, 's');
  const words: Readonly<Record<string, string>> = { string: 'text', boolean: 'true or false', object: 'map' };
  return [type ?? 'anything']
    .flat()
    .map((word) => words[word] ?? word)
    .join(' or ');
}

function inline(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(inline).join(', ')} ]`;
  if (typeof value !== 'string') return JSON.stringify(value);
  if (/^[0-9a-f]{64}$/.test(value)) return `${value.slice(0, 8)}…`;
  const isPlain = /^[\w./][\w./:~=+$" -]*$/.test(value) && !/^[\d.:]+$|: /.test(value);
  return isPlain || value.startsWith('^') ? value : JSON.stringify(value);
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
