import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../wasm/build/cache.ts';
import { examplesOf } from '../support/fenced-blocks.ts';
import { type InstalledPackage, installExt2fsWasm } from '../support/npm-package.ts';
import { ordinaryUser, runAs } from '../support/users.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const user = ordinaryUser();
let installed: InstalledPackage;

beforeAll(() => {
  installed = installExt2fsWasm(user);
});
afterAll(() => rmSync(installed.folder, { recursive: true, force: true }));

describe('the packed ext2fs-wasm', () => {
  it('holds the wasm, its API with types, licence, and the sources of all of it', () => {
    const of = (folder: string): string[] =>
      readdirSync(join(PROJECT, 'wasm', folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(join(PROJECT, 'wasm/').length));
    const sources = ['c', 'build', 'src'].flatMap(of);
    const compiled = of('src').flatMap((path) =>
      ['.js', '.d.ts', '.js.map', '.d.ts.map'].map((ending) => `dist/${path.replace(/\.ts$/, ending)}`),
    );
    const others = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'tsconfig.json'];
    expect(installed.files).toEqual([...sources, ...compiled, ...others, 'dist/ext2fs.wasm'].sort());
  });

  it('is small, and depends on nothing', () => {
    expect(statSync(installed.tarball).size).toBeLessThan(500_000);
    expect(
      readdirSync(join(installed.folder, 'node_modules')).filter((name) => !name.startsWith('.')),
    ).toEqual(['ext2fs-wasm']);
  });

  it('imports nothing but its own modules', () => {
    const modules = installed.files.filter((path) => /^dist\/src\/.*\.js$/.test(path));
    const imports = modules.flatMap((path) => {
      const text = readFileSync(join(installed.root, path), 'utf8');
      return [
        ...text.matchAll(/^(?:import|export)\b(?:[^;'"(]*\bfrom)?\s*['"](.*?)['"]/gm),
        ...text.matchAll(/(?<![.#\w])(?:import|require)\((.*?)\)/g),
      ].map((match) => match[1]!);
    });
    expect(imports).toContain('./load.js');
    expect(imports.filter((name) => !/^\.\/[\w-]+\.js$/.test(name))).toEqual([]);
  });

  it('builds its wasm once more from what it holds', () => {
    const copy = join(installed.folder, 'build');
    mkdirSync(copy);
    execFileSync('tar', ['-xzf', installed.tarball, '-C', copy]);
    const root = join(copy, 'package');
    rmSync(join(root, 'dist'), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'));
    execFileSync('npm', ['run', 'build'], { cwd: root, stdio: 'pipe' });
    const digestOf = (folder: string): string => sha256(readFileSync(join(folder, 'dist/ext2fs.wasm')));
    expect(digestOf(root)).toBe(digestOf(installed.root));
  });

  it('can be imported by its exports, and by nothing else', () => {
    const code = `
      const { Ext2fsError, ...rest } = await import('ext2fs-wasm');
      console.log(Object.keys(rest).sort().join(' '));
      const { featureNames } = await import('ext2fs-wasm/features');
      console.log(featureNames === rest.featureNames);
      console.log(import.meta.resolve('ext2fs-wasm/ext2fs.wasm').endsWith('/ext2fs-wasm/dist/ext2fs.wasm'));
      await import('ext2fs-wasm/dist/src/instance.js').catch((error) => console.log(error.code));`;
    expect(node('exports.mjs', code)).toBe(
      'check featureNames fileDevice format memoryDevice openReader openWriter preload useWasm\n' +
        'true\ntrue\nERR_PACKAGE_PATH_NOT_EXPORTED\n',
    );
  });

  it('says what to do where its wasm is missing', () => {
    const copy = join(installed.folder, 'incomplete');
    mkdirSync(copy);
    execFileSync('cp', ['-r', join(installed.root, 'dist'), join(installed.root, 'package.json'), copy]);
    rmSync(join(copy, 'dist/ext2fs.wasm'));
    const code = `
      import { check, memoryDevice } from './incomplete/dist/src/index.js';
      await check(memoryDevice(new Uint8Array(4096))).catch((error) => console.log(error.code, error.message));`;
    expect(node('incomplete.mjs', code)).toMatch(
      /^EXT2FS_NO_WASM file:.*ext2fs\.wasm cannot be read: .*useWasm\n$/,
    );
  });
});

describe("the README's examples", () => {
  const examples = examplesOf(readFileSync(join(PROJECT, 'wasm/README.md'), 'utf8'));
  const forNode = examples.filter(({ platform }) => platform !== 'browser');

  it('begin with one for Node and browsers', () => {
    expect(examples[0]!.platform).toBe('both');
  });

  // In the order of the text: one makes the image that the next one reads.
  it.each(forNode)('line $line prints what the README shows', ({ line, code, output }) => {
    const name = `readme-${line}.mjs`;
    if (code.includes("from 'memfs'")) {
      linkMemfs();
      expect(execFileSync(process.execPath, [script(name, code)], { encoding: 'utf8' })).toBe(output);
    } else {
      expect(node(name, code)).toBe(output);
    }
  });
});

describe("the package's types", () => {
  const consumer = `
    import * as fs from 'node:fs';
    import { type Attributes, type BlockDevice, check, type CheckResult, Ext2fsError, type Extent, fileDevice,
      format, memoryDevice, openReader, openWriter, type PositionedFs, type Reader, useWasm, type WasmSource,
      type Writer } from 'ext2fs-wasm';

    export async function use(bytes: Uint8Array, own: BlockDevice): Promise<CheckResult> {
      const device: BlockDevice = fs.existsSync('x') ? fileDevice(fs, 3, { size: 1 }) : memoryDevice(bytes);
      await format(device, { uuid: '', epoch: 0, type: 'ext4', features: ['^64bit'], blockSize: 1024 });
      const writer: Writer = await openWriter(own, { epoch: 0 });
      const attributes: Attributes = { uid: 0, gid: 0, mode: 0, mtime: 0n, xattrs: new Map([['user.x', bytes]]) };
      const extents: readonly Extent[] = writer.createFile(2, bytes, attributes, 1).extents;
      const reader: Reader = await openReader(device);
      for await (const chunk of reader.stream(reader.lookup('/x'))) chunk.subarray(extents.length);
      const source: WasmSource = () => fs.promises.readFile('ext2fs.wasm');
      useWasm(source);
      useWasm(fs.readFileSync('ext2fs.wasm'));
      useWasm(() => fetch('https://host.example/ext2fs.wasm'));
      const error: unknown = new Ext2fsError('EIO', '');
      if (error instanceof Ext2fsError) error.code.concat(String(error.errno), String(error.number));
      // @ts-expect-error a block size of ext4 is 1, 2 or 4 KiB
      await format(device, { uuid: '', epoch: 0, blockSize: 512 });
      // @ts-expect-error bytes, not text
      writer.mkdir(writer.root, 'name', attributes);
      return check(device, { repair: true });
    }
    export const node: PositionedFs = fs;`;
  const settings = { strict: true, noEmit: true, exactOptionalPropertyTypes: true };

  it.each([
    ['nodenext, without the DOM', { module: 'nodenext', lib: ['es2023'], skipLibCheck: false }],
    [
      'bundler',
      { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom'], skipLibCheck: true },
    ],
  ])('are found and complete under moduleResolution %s', (_name, options) => {
    const file = script('consumer.mts', consumer);
    const typeRoots = [join(PROJECT, 'node_modules/@types')];
    const compilerOptions = { ...settings, ...options, target: 'es2023', types: ['node'], typeRoots };
    const tsconfig = join(installed.folder, 'tsconfig.json');
    writeFileSync(tsconfig, JSON.stringify({ compilerOptions, files: [basename(file)] }));
    const tsc = join(PROJECT, 'node_modules/typescript/bin/tsc');
    const run = spawnSync(process.execPath, [tsc, '-p', tsconfig], { encoding: 'utf8' });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
  });
});

/** Writes a script into the folder where the package is installed. */
function script(name: string, code: string): string {
  const path = join(installed.folder, name);
  writeFileSync(path, code);
  return path;
}

/** Runs a script there as the ordinary user, and gives what it printed. */
function node(name: string, code: string): string {
  const run = runAs(user, [process.execPath, script(name, code)], { cwd: installed.folder });
  expect(run.stderr).toBe('');
  expect(run.status).toBe(0);
  return run.stdout;
}

/** Puts the project's memfs beside the package. The ordinary user may not be able to read it there. */
function linkMemfs(): void {
  symlinkSync(
    realpathSync(join(PROJECT, 'node_modules/memfs')),
    join(installed.folder, 'node_modules/memfs'),
  );
}
