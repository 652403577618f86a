import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { bake, cook, mkfs } from '../../src/library.ts';
import { loadKnownCake } from '../../src/recipe/known-cake.ts';
import { loadCake } from '../../src/recipe/load.ts';
import { withPlaces } from '../../src/recipe/written.ts';
import { fakeKernel, fakeModule, fakeProgram } from '../support/bad-bake.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-places-'));
  mkdirSync(join(folder, 'root'));
  mkdirSync(join(folder, 'modules'));
  writeFileSync(join(folder, 'root/motd'), 'hello\n');
  writeFileSync(join(folder, 'other'), 'another\n');
  writeFileSync(join(folder, 'vmlinuz'), fakeKernel());
  writeFileSync(join(folder, 'busybox'), fakeProgram());
  writeFileSync(join(folder, 'modules/virtio_pci.ko'), fakeModule('depends='));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is thrown, which must be ours. */
async function thrown(work: Promise<unknown>): Promise<RootlessBakeError> {
  const error = await work.then(
    () => expect.fail('nothing was refused'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof RootlessBakeError)) throw error;
  return error;
}

const run = () => ({
  env: { ...process.env, RB_PROOT: '/nonexistent' },
  cacheDirectory: join(folder, 'cache'),
  temporaryDirectory: folder,
  offline: true,
});

function recipe(text: string): string {
  const file = join(folder, 'cake.yaml');
  writeFileSync(file, text);
  return file;
}

/** A recipe whose cook and machine are these lines; its first line is the third. */
const cooked = (...lines: string[]): string => ['name: bad', 'cook:', ...lines, ''].join('\n');
const BASE = '  base: { dir: ./root }';

describe('what a cook finds wrong shows its place in the recipe', () => {
  test.each<[string, string, RootlessBakeError['code'], string]>([
    ['a base', cooked('  base: { dir: ./absent }'), 'RB_BASE_MISSING', '3:16'],
    ['a base by its path alone', cooked('  base: ./absent'), 'RB_BASE_MISSING', '3:9'],
    [
      'the digest of a base',
      cooked('  base:', '    tar: ./other', `    sha256: ${'a1'.repeat(32)}`),
      'RB_DIGEST_MISMATCH',
      '5:13',
    ],
    ['the digest of the root', cooked(BASE, `  sha256: ${'a1'.repeat(32)}`), 'RB_DIGEST_MISMATCH', '4:11'],
    [
      'a folder of the contents',
      cooked(BASE, '  contents:', '    - { mkdir: /a }', '    - dir: ./absent', '      to: /b'),
      'RB_INPUT_NOT_FOUND',
      '6:12',
    ],
    [
      'contents in conflict',
      cooked(BASE, '  contents:', '    - { file: ./other, to: /motd }'),
      'RB_TREE_CONFLICT',
      '5:15',
    ],
    [
      'a Debian package',
      cooked(BASE, '  contents:', '    - deb: ./absent.deb'),
      'RB_INPUT_NOT_FOUND',
      '5:12',
    ],
    [
      'a path of Nix',
      cooked(BASE, '  contents:', '    - nix: [gawk]', '      channel: ./absent'),
      'RB_INPUT_NOT_FOUND',
      '5:7',
    ],
    [
      'a key of apk',
      cooked(BASE, '  apk: native', '  packages: [a]', '  apkKeys: [./absent]'),
      'RB_INPUT_NOT_FOUND',
      '6:13',
    ],
    [
      'a repository',
      cooked(BASE, '  apk: native', '  packages: [a]', '  repositories:', '    - ./absent'),
      'RB_INPUT_NOT_FOUND',
      '6:3',
    ],
    ['a script of the host', cooked(BASE, '  prepare: exit 3'), 'RB_SCRIPT_FAILED', '4:12'],
    [
      'a rule for owners',
      cooked(BASE, '  owners:', '    - path: /absent', '      owner: "0:0"'),
      'RB_INPUT_NOT_FOUND',
      '5:13',
    ],
    [
      'an account',
      cooked(BASE, 'machine:', '  users:', '    - name: joe', '      shell: /bin/zsh'),
      'RB_MACHINE_INVALID',
      '7:14',
    ],
    [
      'a file of the machine',
      cooked(BASE, 'machine:', '  files:', '    - { path: /x, source: ./absent }'),
      'RB_INPUT_NOT_FOUND',
      '6:27',
    ],
    ['a time zone', cooked(BASE, 'machine: { timezone: Europe/Berlin }'), 'RB_MACHINE_INVALID', '4:22'],
  ])('%s', async (_, text, code, place) => {
    const file = recipe(text);
    const error = await thrown(cook(await loadCake(file), run()));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`${file}:${place}: `);
    const [line, column] = place.split(':').map(Number);
    expect(error.where).toEqual({ file, line, column });
    expect(error.message.split('\n').slice(-2)).toEqual([
      `  ${line} | ${text.split('\n')[line! - 1]}`,
      `    | ${' '.repeat(column! - 1)}^`,
    ]);
  });
});

describe('what a bake finds wrong shows its place in the recipe', () => {
  const baked = (over: Record<string, string>): string => {
    const parts = {
      size: '16M',
      kernel: '{ vmlinuz: ./vmlinuz, modules: ./modules }',
      busybox: '{ path: ./busybox }',
      bootloader: '{ extlinux: ./other, mbr: ./other }',
      ...over,
    };
    const lines = Object.entries(parts).map(([key, value]) => `  ${key}: ${value}`);
    return cooked(BASE, 'bake:', ...lines);
  };

  test.each<[string, Record<string, string>, RootlessBakeError['code'], string]>([
    ['a kernel', { kernel: '{ vmlinuz: ./other }' }, 'RB_KERNEL_INVALID', '6:22'],
    [
      'a kernel that is not there',
      { kernel: '{ modules: ./modules, vmlinuz: ./absent }' },
      'RB_INPUT_NOT_FOUND',
      '6:42',
    ],
    ['its modules', { kernel: '{ vmlinuz: ./vmlinuz, modules: ./absent }' }, 'RB_INPUT_NOT_FOUND', '6:42'],
    ['a busybox', { busybox: '{ path: ./absent }' }, 'RB_INPUT_NOT_FOUND', '7:20'],
    ['a boot loader', {}, 'RB_SYSLINUX_NOT_FOUND', '8:27'],
  ])('%s', async (_, over, code, place) => {
    const file = recipe(baked(over));
    const error = await thrown(bake(await loadCake(file), { ...run(), output: join(folder, 'x.img') }));
    expect(error.code).toBe(code);
    const [line, column] = place.split(':').map(Number);
    expect(error.where).toEqual({ file, line, column });
    // As the next run does, which gets the checked recipe out of the cache.
    for (const _ of [1, 2]) {
      const known = await loadKnownCake(file, {}, { cacheDirectory: join(folder, 'cache') });
      const again = await thrown(bake(known, { ...run(), output: join(folder, 'x.img') }));
      expect(again.where).toEqual({ file, line, column });
    }
  });

  test('a file system alone is told the option that it has', async () => {
    const output = { path: join(folder, 'x.img') };
    const source = { tar: join(folder, 'absent.tar') };
    expect(await thrown(mkfs({ source, size: 1 << 20 }, output, run()))).toMatchObject({ key: 'source.tar' });
    const small = mkfs({ source: { dir: join(folder, 'root') }, size: 4096 }, output, run());
    expect(await thrown(small)).toMatchObject({ code: 'RB_EXT4_NO_SPACE', key: 'size' });
  });
});

describe('a key of a recipe', () => {
  const failing = (key: string) => () =>
    Promise.reject(new RootlessBakeError('RB_INPUT_NOT_FOUND', 'it is not there', { hint: 'look', key }));

  test('that was set is told by what set it', async () => {
    const file = recipe(cooked(BASE, 'machine: { hostname: a }'));
    const cake = await loadCake(file, { set: ['machine.hostname=b'] });
    const error = await thrown(withPlaces(cake, failing('machine.hostname')));
    expect(error.message).toBe('--set machine.hostname=b: it is not there');
    expect(error).toMatchObject({ where: undefined, hint: 'look', key: 'machine.hostname' });
  });

  test('behind items that were taken out is found where it was', async () => {
    const items = ['a', 'b', 'c', 'd'].map((name) => `    - mkdir: /${name}`);
    const file = recipe(cooked(BASE, '  contents:', ...items));
    const cake = await loadCake(file, { set: ['cook.contents.0=null', 'cook.contents.1=null'] });
    const places = [0, 1].map(async (index) => {
      const error = await thrown(withPlaces(cake, failing(`cook.contents[${index}].mkdir`)));
      return error.message.split('\n')[1];
    });
    expect(await Promise.all(places)).toEqual(['  6 |     - mkdir: /b', '  8 |     - mkdir: /d']);
  });

  test('of a recipe in code is told by its name', async () => {
    const error = await thrown(
      cook(
        {
          name: 'x',
          cook: { base: { dir: join(folder, 'root') }, contents: [{ file: '/absent', to: '/x' }] },
        },
        run(),
      ),
    );
    expect(error.message).toBe('recipe: cook.contents[0].file: /absent does not exist');
    expect(error).toMatchObject({ where: undefined, key: 'cook.contents[0].file' });
  });

  test('that the recipe does not have leaves the error as it is', async () => {
    const cake = await loadCake(recipe(cooked(BASE)));
    const error = await thrown(withPlaces(cake, failing('cook.sha256')));
    expect(error.message).toBe('it is not there');
  });

  test('is found in a recipe that was checked by an earlier run', async () => {
    const file = recipe(cooked('  base: ./root', 'machine: { hostname: known }'));
    const host = { cacheDirectory: join(folder, 'cache') };
    await loadKnownCake(file, {}, host);
    const cake = await loadKnownCake(file, {}, host);
    const error = await thrown(withPlaces(cake, failing('machine.hostname')));
    expect(error.where).toEqual({ file, line: 4, column: 22 });
  });

  test('that is a secret is not shown, nor are secrets of URLs', async () => {
    const hash =
      '$6$saltsalt$8RWsOfwR6M6PpnoeQiEiWzNTPo1f0HjVYjDnLZhGx16aBFRkeqiHAzfXP/LgrOWMBMXqiU2pLrXsSOHNUyUm91';
    const url = 'https://user:word@example.org/x.tar?token=abc';
    const file = recipe(
      cooked(
        `  base: { tar: "${url}", sha256: "${'a1'.repeat(32)}" }`,
        'machine:',
        `  root: { password: '${hash}' }`,
      ),
    );
    const cake = await loadCake(file);
    const password = await thrown(withPlaces(cake, failing('machine.root.password')));
    expect(password.message).toBe(
      `${file}:5:21: it is not there\n  5 |   root: { password: …\n    |                     ^`,
    );
    for (const key of ['cook.base.tar', 'cook.base.sha256']) {
      const { message } = await thrown(withPlaces(cake, failing(key)));
      expect(message).toContain(
        '  3 |   base: { tar: "https://*********@example.org/x.tar?*********", sha256: "a1',
      );
    }
    const set = await loadCake(file, { set: [`cook.base.tar=${url}`, `machine.root.password=${hash}`] });
    const tar = await thrown(withPlaces(set, failing('cook.base.tar')));
    expect(tar.message).toContain('--set cook.base.tar=https://*********@example.org/x.tar?*********: it');
    const setPassword = await thrown(withPlaces(set, failing('machine.root.password')));
    expect(setPassword.message).toBe('--set machine.root.password=…: it is not there');
  });

  test.each([
    ['users: [ { name: "BAD NAME", password: hunter2 } ]', '[ { name: "BAD NAME", password: ******* } ]'],
    [
      'users: [ { name: "BAD NAME", password: "hunter, 2", groups: [ wheel ] } ]',
      '{ name: "BAD NAME", password: ***********, groups: [ wheel ] }',
    ],
    ["users: [ { 'password': 'hunter2', name: \"BAD NAME\" } ]", "{ 'password': …"],
    [
      'users: [ { name: "BAD NAME", password: hunter1 }, { name: b, password: hunter 2 } ]',
      '{ name: "BAD NAME", password: ******* }, { name: b, password: ******** } ]',
    ],
  ])('beside a password does not show it: %s', async (users, shown) => {
    const file = recipe(cooked(BASE, `machine: { ${users} }`));
    const { message } = await thrown(loadCake(file));
    expect(message).toContain(shown);
    expect(message).not.toContain('hunter');
    const json = '[{"name":"BAD NAME","password":"hunter2"}]';
    const set = await thrown(loadCake(recipe(cooked(BASE)), { set: [`machine.users=${json}`] }));
    expect(set.message).toContain('BAD NAME');
    expect(set.message).not.toContain('hunter');
  });

  test('in a long line is shown with what is around it', async () => {
    const folders = Array.from({ length: 200 }, (_, index) => `{ mkdir: /d${index} }`);
    const file = recipe(cooked(BASE, `  contents: [${folders.join(', ')}]`));
    const error = await thrown(withPlaces(await loadCake(file), failing('cook.contents[100].mkdir')));
    const [, line, arrow] = error.message.split('\n');
    expect(line!.length).toBeLessThan(180);
    expect(line!.slice(arrow!.indexOf('^'))).toMatch(/^\/d100 \}/);
  });

  test('that nobody knows is none: the error stays the very same', async () => {
    const cake = await loadCake(recipe(cooked(BASE)));
    const error = new TypeError('broken');
    await expect(withPlaces(cake, () => Promise.reject(error))).rejects.toBe(error);
  });
});
