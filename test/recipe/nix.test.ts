import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/commands/check.ts';
import { prependSearchPath } from '../../src/cook/search-path.ts';
import { checkCake } from '../../src/recipe/load.ts';
import type { CakeRecipe } from '../../src/recipe/types.ts';
import { readContent } from '../../src/tree/content.ts';
import { Tree } from '../../src/tree/tree.ts';

const BASE = '0123456789abcdfghijklmnpqrsvwxyz-gawk-5.2.1';
const KEY = `example-1:${'A'.repeat(43)}=`;

const recipe = (content: object): CakeRecipe => ({
  name: 'tiny',
  cook: { base: { empty: true }, contents: [content as never] },
});

const check = async (content: object) => (await checkCake(recipe(content), '/recipes')).cook.contents?.[0];

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-nix-recipe-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('store paths come out in full, and the folder of a cache with them', async () => {
  expect(await check({ nix: BASE })).toEqual({ nix: `/nix/store/${BASE}` });
  expect(await check({ nix: [BASE], cache: './cache', keys: [KEY] })).toEqual({
    nix: [`/nix/store/${BASE}`],
    cache: '/recipes/cache',
    keys: [KEY],
  });
  for (const cache of ['https://cache.example.org/x', 'file:///srv/cache']) {
    expect(await check({ nix: BASE, cache })).toMatchObject({ cache });
  }
});

test('names stay as they are, with the list of a channel by its name, URL or path', async () => {
  const named = (channel: string) => check({ nix: ['gawk', 'gawk-5.2.1', 'gawk.man', BASE], channel });
  for (const channel of ['nixos-24.05', 'nixpkgs-unstable', 'https://example.org/store-paths.xz']) {
    expect(await named(channel)).toEqual({
      nix: ['gawk', 'gawk-5.2.1', 'gawk.man', `/nix/store/${BASE}`],
      channel,
    });
  }
  expect(await named('lists/store-paths.xz')).toMatchObject({ channel: '/recipes/lists/store-paths.xz' });
  expect(await named('./nixos-24.05')).toMatchObject({ channel: '/recipes/nixos-24.05' });
  expect(await check({ nix: 'gawk', channel: 'nixos-24.05', system: 'aarch64-linux' })).toMatchObject({
    system: 'aarch64-linux',
  });
});

test.each<[string, object, string]>([
  ['a name between paths, without channel', { nix: [BASE, 'gawk'] }, '"gawk" is no store path'],
  ['a channel of another kind', { nix: 'gawk', channel: 'ftp://example.org/x' }, 'is no channel'],
  ['a name that is none', { nix: 'ga wk', channel: 'nixos-24.05' }, '"ga wk" is no store path'],
  ['a system that is none', { nix: 'gawk', channel: 'nixos-24.05', system: 'x86_64' }, 'system'],
  ['a name alone', { nix: 'gawk' }, '"gawk" is no store path'],
  ['what lies in a store path', { nix: `/nix/store/${BASE}/bin/gawk` }, 'is no store path'],
  ['nothing', { nix: '' }, '"" is no store path'],
  ['a key without its name', { nix: BASE, keys: ['AAAA'] }, '"AAAA" is no public key of Nix'],
  ['a cache of another kind', { nix: BASE, cache: 's3://bucket' }, 'is no binary cache'],
  ['a place for it', { nix: BASE, to: '/opt' }, 'to'],
])('%s is refused', async (_, content, message) => {
  await expect(check(content)).rejects.toMatchObject({
    code: expect.stringMatching(/^RB_RECIPE_/),
    message: expect.stringContaining(message),
  });
});

test('check looks for the folder of a cache, and asks no network', async () => {
  const file = join(folder, 'cake.json');
  writeFileSync(file, JSON.stringify(recipe({ nix: BASE, cache: 'cache' })));
  await expect(checkCommand(file, {})).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
  mkdirSync(join(folder, 'cache'));
  await expect(checkCommand(file, {})).resolves.toMatchObject({ text: 'tiny: the recipe is good\n' });
  writeFileSync(file, JSON.stringify(recipe({ nix: BASE, cache: 'http://127.0.0.1:1/' })));
  await expect(checkCommand(file, {})).resolves.toMatchObject({ text: 'tiny: the recipe is good\n' });
});

test('store paths stand in PATH, whatever their names hold', async () => {
  const path = [`/nix/store/${BASE}/bin`, `/nix/store/${BASE}=a?b+c/bin`];
  const cake = await checkCake({ name: 'tiny', cook: { base: { empty: true }, path } });
  const tree = new Tree();
  prependSearchPath(tree, cake.cook.path ?? [], 0n);
  const profile = tree.get('/etc/profile');
  expect(profile?.type === 'file' && Buffer.from(readContent(profile.content)).toString()).toBe(
    `export PATH=${path[0]}:'${path[1]}':"$PATH"\n`,
  );
});
