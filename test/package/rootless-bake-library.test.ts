import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InstalledPackage, installRootlessBake } from '../support/npm-package.ts';
import { ordinaryUser, runAs } from '../support/users.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const user = ordinaryUser();
let installed: InstalledPackage;

beforeAll(() => {
  installed = installRootlessBake(user);
});
afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

describe('the packed library', () => {
  const code = `
    const { mkfs, openImage, metadata, fileEntry, textContent, Tree } = library;
    const tree = new Tree();
    tree.set('/hostname', fileEntry(textContent('machine\\n'), metadata({ origin: 'test' })));
    await mkfs({ source: { tree }, size: 'auto' }, { path: 'library.ext4', force: true });
    const image = await openImage('library.ext4');
    console.log((await image.tree()).get('/hostname').type);
    image.close();`;

  it('can be imported', () => {
    expect(node('import.mjs', `import * as library from 'rootless-bake';${code}`)).toBe('file\n');
  });

  it('can be required, for it awaits nothing when it is loaded', () => {
    const required = `const library = require('rootless-bake');void (async () => {${code}})();`;
    expect(node('require.cjs', required)).toBe('file\n');
  });

  it('exports the schema and the manifest, and nothing from inside', () => {
    const resolved = `
      for (const path of ['cake.schema.json', 'package.json'])
        console.log(import.meta.resolve('rootless-bake/' + path).endsWith('/rootless-bake/' + path));
      await import('rootless-bake/dist/library.js').catch((error) => console.log(error.code));`;
    expect(node('exports.mjs', resolved)).toBe('true\ntrue\nERR_PACKAGE_PATH_NOT_EXPORTED\n');
  });
});

describe("the packed library's types", () => {
  const consumer = `
    import { bake, type BakedCake, cook, defineCake, type ErrorCode, loadCake, nodeHost, openImage,
      type ProgressEvent, RootlessBakeError, type Tree } from 'rootless-bake';

    export async function use(signal: AbortSignal): Promise<BakedCake | ErrorCode> {
      const emit = (event: ProgressEvent) => console.log(event.type);
      const cake = defineCake({ name: 'tiny', cook: { base: { empty: true } }, bake: { size: 'auto', kernel: { deb: 'x' } } });
      try {
        const root = await cook(await loadCake('./cake.yaml'), { ...nodeHost(), signal, emit });
        const tree: Tree = root.tree;
        await root.dispose();
        const image = await openImage('x.img');
        for (const { path, entry } of (await image.tree()).walk()) if (entry.type === 'file') tree.set(path, entry);
        return await bake(cake, { output: 'x.img', force: true });
      } catch (error) {
        if (error instanceof RootlessBakeError) return error.code;
        throw error;
      }
    }
    // @ts-expect-error there is no such key
    defineCake({ name: 'tiny', cooks: {} });
    // @ts-expect-error an image has a path
    await bake({ name: 'tiny', cook: { base: { empty: true } } }, {});`;

  it.each([
    ['node16', { module: 'node16', moduleResolution: 'node16' }],
    ['nodenext', { module: 'nodenext', moduleResolution: 'nodenext' }],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler' }],
    ['bundler, with the DOM', { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'] }],
  ])('are complete under moduleResolution %s', (_name, options) => {
    expect(compile({ 'consumer.mts': consumer }, options)).toBe('');
  });

  it('do not leak into CommonJS: such a consumer is told to use import()', () => {
    const code = `import type { Tree } from 'rootless-bake' with { 'resolution-mode': 'import' };
      export const tree = async (): Promise<Tree> => new (await import('rootless-bake')).Tree();`;
    expect(compile({ 'consumer.cts': code }, { module: 'node16', moduleResolution: 'node16' })).toBe('');
  });
});

describe("the library's examples", () => {
  it('are there for every exported function, and compile against the package', () => {
    const examples = examplesOf(join(installed.root, 'dist/index.d.ts'));
    const without = examples.filter(({ code }) => code === undefined).map(({ name }) => name);
    expect(without).toEqual([]);
    expect(examples.map(({ name }) => name)).toEqual(expect.arrayContaining(['bake', 'openImage', 'layer']));
    const files = examples.map(({ name, code }) => [`example-${name}.mts`, code!] as const);
    expect(compile(Object.fromEntries(files), { module: 'nodenext' })).toBe('');
  });
});

/** The example in the docstring of each function that a module's declarations export. */
function examplesOf(declarations: string): { readonly name: string; readonly code: string | undefined }[] {
  const program = ts.createProgram([declarations], { module: ts.ModuleKind.NodeNext, types: [] });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(declarations)!)!;
  return checker.getExportsOfModule(module).flatMap((exported) => {
    const isAlias = (exported.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? checker.getAliasedSymbol(exported) : exported;
    if ((symbol.flags & ts.SymbolFlags.Function) === 0) return [];
    const tag = symbol.getJsDocTags(checker).find(({ name }) => name === 'example');
    return [{ name: exported.name, code: tag && ts.displayPartsToString(tag.text) }];
  });
}

/** What the compiler says of sources of somebody who has the package, all libraries' types checked. */
function compile(sources: Readonly<Record<string, string>>, options: object): string {
  for (const [name, code] of Object.entries(sources)) writeFileSync(join(installed.folder, name), code);
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    typeRoots: [join(PROJECT, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    ...options,
  };
  const tsconfig = join(installed.folder, 'tsconfig.json');
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions, files: Object.keys(sources) }));
  const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', tsconfig], { encoding: 'utf8' }).stdout;
}

/** Runs a script beside the package as the ordinary user, and gives what it printed. */
function node(name: string, code: string): string {
  writeFileSync(join(installed.folder, name), code);
  const run = runAs(user, [process.execPath, name], { cwd: installed.folder });
  expect(run.status, run.stderr).toBe(0);
  return run.stdout;
}
