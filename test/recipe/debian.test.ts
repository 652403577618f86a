import { expect, test } from 'vitest';
import { checkCake } from '../../src/recipe/load.ts';
import type { CakeRecipe } from '../../src/recipe/types.ts';

const recipe = (content: object): CakeRecipe => ({
  name: 'tiny',
  cook: { base: { empty: true }, contents: [content as never] },
});

const check = async (content: object) => (await checkCake(recipe(content), '/recipes')).cook.contents?.[0];

test('packages of a mirror, with keyrings by their paths', async () => {
  expect(await check({ debian: 'gawk', release: 'bookworm' })).toEqual({
    debian: 'gawk',
    release: 'bookworm',
  });
  const full = {
    debian: ['gawk=1:5.2.1-2', 'libstdc++6'],
    release: 'bookworm-updates',
    snapshot: '20240101T000000Z',
    mirror: 'https://example.org/debian/',
    components: ['main', 'non-free-firmware'],
    arch: 'arm64',
    dependencies: false,
    only: ['usr/bin/*'],
    to: '/opt',
    replace: true,
  };
  expect(await check({ ...full, keyring: './a.gpg' })).toEqual({ ...full, keyring: ['/recipes/a.gpg'] });
  expect(await check({ ...full, keyring: ['a.gpg', '/b.asc'] })).toMatchObject({
    keyring: ['/recipes/a.gpg', '/b.asc'],
  });
});

test('packages of apt, with what they need and only what is wanted of them', async () => {
  const content = { deb: 'gawk', dependencies: true, only: ['usr/bin/gawk'] };
  expect(await check(content)).toEqual(content);
  expect(await check({ deb: './x.deb', dependencies: false })).toMatchObject({ deb: '/recipes/x.deb' });
});

test.each<[string, object, string]>([
  ['no release', { debian: 'gawk' }, 'cook.contents[0].release is missing'],
  ['no packages', { debian: [], release: 'bookworm' }, 'debian'],
  ['an option for a package', { debian: '-o', release: 'bookworm' }, '"-o" is no name of a Debian package'],
  [
    'several packages in one item',
    { debian: 'a1 b1', release: 'bookworm' },
    'is no name of a Debian package',
  ],
  ['a release that leaves the mirror', { debian: 'gawk', release: '../etc' }, 'is no release of Debian'],
  ['another kind of mirror', { debian: 'gawk', release: 'x', mirror: 'ftp://example.org' }, 'is no mirror'],
  [
    'a snapshot of a day',
    { debian: 'gawk', release: 'x', snapshot: '2024-01-01' },
    'is no time of a snapshot',
  ],
  ['a component that is none', { debian: 'gawk', release: 'x', components: ['../main'] }, 'is no component'],
  ['nothing of the packages', { deb: 'gawk', only: [] }, 'only'],
  [
    'dependencies of a file',
    { deb: './x.deb', dependencies: true },
    'what a .deb file depends on is not looked up',
  ],
])('%s is refused', async (_, content, says) => {
  await expect(check(content)).rejects.toMatchObject({ message: expect.stringContaining(says) });
});
