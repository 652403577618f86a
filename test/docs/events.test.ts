/** docs/events.md against the types: every event, its fields, and which of them may be absent. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');

type Fields = Record<string, string[]>;

/** The members of a union of object types with a literal `type`: their other fields, `?` for optional ones. */
function eventsOf(path: string, alias: string): Fields {
  const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const union = source.statements
    .filter(ts.isTypeAliasDeclaration)
    .find(({ name }) => name.text === alias)!.type;
  if (!ts.isUnionTypeNode(union)) throw new Error(`${alias} is no union`);
  return Object.fromEntries(
    union.types.filter(ts.isTypeLiteralNode).map(({ members }) => {
      const properties = members.filter(ts.isPropertySignature);
      const type = properties.find(({ name }) => name.getText() === 'type')!.type!.getText();
      const others = properties.filter(({ name }) => name.getText() !== 'type');
      return [
        type.replaceAll("'", ''),
        others.map(({ name, questionToken }) => `${name.getText()}${questionToken ? '?' : ''}`),
      ];
    }),
  );
}

function documented(): Fields {
  const [, events] = read('docs/events.md').split('\n## Events\n');
  const sections = events!.split('\n## ')[0]!.split('\n### ').slice(1);
  return Object.fromEntries(
    sections.map((section) => [
      section.split('\n')[0]!,
      [...section.matchAll(/^\| `([a-zA-Z]+\??)` \|/gm)].map(([, field]) => field!),
    ]),
  );
}

test('the page tells every event and every field', () => {
  const library = eventsOf('src/events.ts', 'ProgressEvent');
  const stream = eventsOf('src/cli/reporters/json.ts', 'StreamEvent');
  expect(Object.keys(library)).toContain('step-end');
  expect(Object.keys(stream)).toEqual(['stream', 'error']);
  expect(documented()).toEqual({ ...library, ...stream });
});

test('the page tells every value of the fields that have few', () => {
  const types = read('src/events.ts');
  const values = [/type Outcome = .*;/, /readonly unit: .*;/, /readonly level: [^;]*;/]
    .map((pattern) => pattern.exec(types)![0])
    .flatMap((text) => [...text.matchAll(/'([a-z]+)'/g)])
    .map(([, value]) => `\`${value}\``);
  expect(values).toHaveLength(7);
  const page = read('docs/events.md');
  expect(values.filter((value) => !page.includes(value))).toEqual([]);
});
