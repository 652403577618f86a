import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadCake } from '../../src/recipe/load.ts';
import { cakeJsonSchema } from '../../src/recipe/schema.ts';
import { init } from '../../src/templates/init.ts';
import { TEMPLATES, type TemplateName } from '../../src/templates/templates.ts';

const names = Object.keys(TEMPLATES) as TemplateName[];
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-init-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** All that a folder holds, with the contents of files. */
function contentsOf(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(path, name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  );
}

test('every template has a description, and every description a template', () => {
  const folders = readdirSync(resolve(import.meta.dirname, '../../fixtures/templates'));
  expect(folders.sort()).toEqual([...names].sort());
});

describe.each(names)('%s', (template) => {
  test('is a recipe that checks, of that name, with all its files', async () => {
    const place = join(folder, 'my-machine');
    const { files, name, kept } = init(place, { template });
    expect([name, files[0], kept]).toEqual(['my-machine', 'cake.yaml', []]);
    expect(Object.keys(contentsOf(place))).toEqual([...files].sort());
    const cake = await loadCake(place);
    expect(cake.name).toBe('my-machine');
    expect(cake.bake).toBeDefined();
    for (const [path, text] of Object.entries(contentsOf(place))) {
      expect(text, path).not.toMatch(/__[A-Z]+__|npm_|\/work\/|\/root\/\w/);
    }
    const file = join(place, 'files/etc/hostname');
    const hostname = existsSync(file) ? readFileSync(file, 'utf8') : `${cake.cook.machine?.hostname}\n`;
    expect(hostname).toBe('my-machine\n');
  });

  test('names a schema that is there, and the recipe’s own', () => {
    init(folder, { template, name: 'x' });
    const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(
      readFileSync(join(folder, 'cake.yaml'), 'utf8'),
    )!;
    expect(JSON.parse(readFileSync(resolve(folder, schema!), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(cakeJsonSchema())),
    );
  });
});

test('the name is what is asked for, else the folder’s, else the template’s', () => {
  expect(init(join(folder, 'a'), { name: 'router' }).name).toBe('router');
  expect(init(join(folder, 'b.2'), {}).name).toBe('b.2');
  expect(init(join(folder, 'no name'), { template: 'nix' }).name).toBe('nix');
  expect(() => init(join(folder, 'c'), { name: 'no name' })).toThrow(
    expect.objectContaining({ code: 'RB_RECIPE_INVALID' }),
  );
  expect(existsSync(join(folder, 'c'))).toBe(false);
});

test.each([
  ['router.example', 'router.example'],
  ['my_box.', 'my-box'],
  ['1.2', 'machine-1-2'],
  ['10', 'machine-10'],
  ['true', 'true'],
  ['a'.repeat(80), 'a'.repeat(63)],
])('%s is the recipe’s name, and %s the machine’s', async (name, hostname) => {
  init(folder, { template: 'debian', name });
  expect(await loadCake(folder)).toMatchObject({ name, cook: { machine: { hostname } } });
});

test('a schema that the project has installed is named in the place of an own one', () => {
  mkdirSync(join(folder, 'node_modules/rootless-bake'), { recursive: true });
  writeFileSync(join(folder, 'node_modules/rootless-bake/cake.schema.json'), '{}');
  const { files } = init(join(folder, 'cakes/a'), {});
  expect(files).not.toContain('cake.schema.json');
  expect(readFileSync(join(folder, 'cakes/a/cake.yaml'), 'utf8')).toContain(
    '$schema=../../node_modules/rootless-bake/cake.schema.json\n',
  );
});

test('what is to be run is executable, as far as the umask lets it', () => {
  init(folder, { name: 'x' });
  expect(statSync(join(folder, 'files/etc/init.d/rcS')).mode & 0o111).not.toBe(0);
  expect(statSync(join(folder, 'files/etc/motd')).mode & 0o111).toBe(0);
});

test('a template that there is not', () => {
  const unknown = 'alpin' as TemplateName;
  expect(() => init(folder, { template: unknown })).toThrow(
    expect.objectContaining({ code: 'RB_ARGUMENT', hint: 'did you mean "alpine-machine"?' }),
  );
});

describe('all or nothing', () => {
  test('refuses with the names of all that is there', () => {
    mkdirSync(join(folder, 'files/etc'), { recursive: true });
    writeFileSync(join(folder, 'cake.yaml'), 'mine');
    symlinkSync('/nowhere', join(folder, 'files/etc/motd'));
    const before = readdirSync(folder, { recursive: true });
    expect(() => init(folder, {})).toThrow(
      expect.objectContaining({
        code: 'RB_OUTPUT_EXISTS',
        message: `${folder}/cake.yaml, ${folder}/files/etc/motd exist already; nothing was written`,
      }),
    );
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  test('with force what is there is replaced, but for a .gitignore', () => {
    writeFileSync(join(folder, 'cake.yaml'), 'mine');
    writeFileSync(join(folder, '.gitignore'), 'mine');
    const { kept, files } = init(folder, { force: true, name: 'x' });
    expect(kept).toEqual(['.gitignore']);
    expect(files).not.toContain('.gitignore');
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toBe('mine');
    expect(readFileSync(join(folder, 'cake.yaml'), 'utf8')).toContain('name: x\n');
    expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'cake.schema.json', 'cake.yaml', 'files']);
  });

  test.each([
    ['a link to a folder', (place: string) => symlinkSync(tmpdir(), place)],
    ['a file', (place: string) => writeFileSync(place, '')],
  ])('%s on the way is not followed', (_, put) => {
    put(join(folder, 'files'));
    expect(() => init(folder, { force: true })).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }),
    );
    expect(readdirSync(folder)).toEqual(['files']);
  });

  test('a folder at the place of a file stays', () => {
    mkdirSync(join(folder, 'cake.yaml'));
    expect(() => init(folder, { force: true })).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }),
    );
    expect(readdirSync(folder)).toEqual(['cake.yaml']);
  });

  test('a place that is a file', () => {
    writeFileSync(join(folder, 'place'), 'mine');
    expect(() => init(join(folder, 'place'), {})).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }),
    );
    expect(readFileSync(join(folder, 'place'), 'utf8')).toBe('mine');
  });

  test('a place below a file', () => {
    writeFileSync(join(folder, 'file'), 'mine');
    expect(() => init(join(folder, 'file/place'), {})).toThrow(
      expect.objectContaining({ code: 'RB_OUTPUT_UNWRITABLE' }),
    );
  });
});
