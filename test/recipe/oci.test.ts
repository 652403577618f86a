import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkCommand } from '../../src/cli/commands/check.ts';
import { loadCake } from '../../src/index.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-recipe-oci-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function recipe(base: object): string {
  const path = join(folder, 'cake.json');
  writeFileSync(path, JSON.stringify({ name: 'x', cook: { base } }));
  return path;
}

describe('a base of an image', () => {
  const pinned = `debian:12@sha256:${'a'.repeat(64)}`;
  test.each([
    ['debian:12', 'debian:12'],
    [pinned, pinned],
    ['./layout:one', '/layout:one'],
    ['image.tar', '/image.tar'],
  ])('%s', async (oci, wanted) => {
    const { cook } = await loadCake(recipe({ oci, platform: 'linux/arm64', limit: '2G' }));
    const resolved = wanted.startsWith('/') ? `${folder}${wanted}` : wanted;
    expect(cook.base).toEqual({ oci: resolved, platform: 'linux/arm64', limit: 2 ** 31 });
  });

  test.each<[string, object, string]>([
    ['a name that is none', { oci: 'Debian' }, 'is no reference to an image'],
    ['a digest of nonsense', { oci: 'debian@sha256:12' }, 'its digest is not sha256'],
    ['a platform of nonsense', { oci: 'debian', platform: 'amd64' }, 'is no platform'],
    ['a limit of nothing', { oci: 'debian', limit: 0 }, 'is nothing'],
  ])('refused: %s', async (_, base, message) => {
    await expect(loadCake(recipe(base))).rejects.toMatchObject({
      code: 'RB_RECIPE_INVALID',
      message: expect.stringContaining(message),
    });
  });

  test('is checked without the network: a path must be there', async () => {
    expect(await checkCommand(recipe({ oci: 'nowhere.invalid/a/b:1' }), {})).toMatchObject({
      text: 'x: the recipe is good\n',
    });
    const missing = checkCommand(recipe({ oci: './layout:one' }), {});
    await expect(missing).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
  });
});
