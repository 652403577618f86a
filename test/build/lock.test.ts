import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import type { BuiltRoot, CookRun } from '../../src/index.ts';
import { cook, loadCake, lock } from '../../src/index.ts';
import { Loopback } from '../support/loopback.ts';
import { image, manifestOf, type Parts, serve, sha256 } from '../support/small-image.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

let folder: string;
let server: Loopback;
let events: ProgressEvent[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-lock-'));
  mkdirSync(join(folder, 'cake/files'), { recursive: true });
  writeFileSync(join(folder, 'cake/files/motd'), 'welcome\n');
  server = await Loopback.start();
  server.answer = serve(image());
  recipe(`base: { oci: '${server.host}/a/b:one' }`);
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** Writes the recipe; its content is the folder beside it. */
function recipe(base: string, more = ''): void {
  const text = `name: tiny\ncook:\n  ${base}\n  contents: [{ dir: ./files, to: /etc }]\n  ${more}\n`;
  writeFileSync(join(folder, 'cake/cake.yaml'), text);
}

/** The image with other contents, under the same tag. */
function anotherImage(): Parts {
  const tar = tarBlocks([{ name: 'hello', body: 'moon!' }]);
  const layer = gzipSync(tar);
  const config = Buffer.from(
    image()
      .config.toString()
      .replace(/sha256:[0-9a-f]{64}/, `sha256:${sha256(tar)}`),
  );
  return { tar, layer, config, ...manifestOf(config, layer) };
}

const inFolder = <T extends object>(over: T) => ({
  env: {},
  cacheDirectory: join(folder, 'cache'),
  emit: (event: ProgressEvent) => events.push(event),
  ...over,
});

async function cooked(over: CookRun = {}, place = 'cake'): Promise<BuiltRoot> {
  events = [];
  const root = await cook(await loadCake(join(folder, place)), inFolder(over));
  await root.dispose();
  return root;
}

const locked = async (update?: readonly string[]) => {
  events = [];
  return await lock(await loadCake(join(folder, 'cake')), inFolder({ ...(update && { update }) }));
};

const text = (): string => readFileSync(join(folder, 'cake/cake.lock'), 'utf8');

test('a lock holds what a tag came to, until it is updated', async () => {
  const { path, changed, lock: made } = await locked();
  expect(path).toBe(join(folder, 'cake/cake.lock'));
  expect(changed).toEqual([`oci ${server.host}/a/b:one`]);
  const { layer, config, digest, manifest } = image();
  expect(made.inputs[0]).toMatchObject({
    value: { sha256: digest },
    files: [
      { url: server.url(`/v2/a/b/manifests/sha256:${digest}`), sha256: digest, size: manifest.length },
      { url: server.url(`/v2/a/b/blobs/sha256:${sha256(config)}`), size: config.length },
      { url: server.url(`/v2/a/b/blobs/sha256:${sha256(layer)}`), size: layer.length },
    ],
  });
  const before = await cooked({ locked: true });
  expect(made.tree).toBe(before.sha256);

  server.answer = serve(anotherImage());
  // Its registry has the new image only; who has the old one in the store needs no registry.
  const withoutStore = cooked({ locked: true, storeDirectory: join(folder, 'another store') });
  await expect(withoutStore).rejects.toMatchObject({ code: 'RB_BASE_MISSING' });
  expect((await cooked()).sha256).toBe(before.sha256);
  expect((await cooked({ lockFile: false })).sha256).not.toBe(before.sha256);
  const same = text();
  expect((await locked()).changed).toEqual([]);
  expect(text()).toBe(same);
  expect((await locked([`${server.host}/a/b:one`])).changed).toEqual([`oci ${server.host}/a/b:one`]);
  expect(text()).not.toBe(same);
  expect((await cooked({ locked: true })).sha256).not.toBe(before.sha256);
});

test('a locked run needs no network when the store has everything, and no lock has a path of the machine', async () => {
  await locked();
  expect(text()).not.toContain(folder);
  await server.stop();
  const { sha256: first, inputs } = await cooked({ locked: true, offline: true });
  expect(inputs).toMatchObject([{ kind: 'oci', files: [{}, {}, {}] }]);
  const anew = await cooked({ locked: true, offline: true, rebuild: true });
  expect(anew.sha256).toBe(first);
  cpSync(join(folder, 'cake'), join(folder, 'moved'), { recursive: true });
  const moved = await cooked({ locked: true, offline: true }, 'moved');
  expect(moved.sha256).toBe(first);
  server = await Loopback.start();
});

describe('a locked run is refused', () => {
  const refused = async (over: CookRun = {}) => cooked({ locked: true, ...over }).catch((error) => error);

  test('without a lock', async () => {
    expect(await refused()).toMatchObject({ code: 'RB_LOCK_MISSING', hint: expect.stringContaining('lock') });
    expect(await refused({ lockFile: false })).toMatchObject({ code: 'RB_LOCK_MISSING' });
  });

  test('when the recipe asks for another input', async () => {
    await locked();
    recipe(`base: { oci: '${server.host}/a/b:two' }`);
    expect(await refused()).toMatchObject({
      code: 'RB_LOCK_OUTDATED',
      message: expect.stringMatching(/asks for oci .*a\/b:two, which it does not have; .* has .*a\/b:one/),
    });
    recipe(`base: { oci: '${server.host}/a/b:one', platform: linux/arm64 }`);
    expect(await refused()).toMatchObject({
      code: 'RB_LOCK_OUTDATED',
      message: expect.stringMatching(/asks for oci .*a\/b:one in another way/),
    });
  });

  test('when the machine has changed, or a file of it', async () => {
    const machine = (hostname: string): void => {
      const files = '[{ path: /etc/issue, source: ./files/motd }]';
      const text = `name: tiny\ncook: { base: { oci: '${server.host}/a/b:one' } }\n`;
      const path = join(folder, 'cake/cake.yaml');
      writeFileSync(path, `${text}machine: { hostname: ${hostname}, files: ${files} }\n`);
    };
    machine('one');
    await locked();
    expect((await cooked({ locked: true })).tree.get('/etc/hostname')).toBeDefined();
    machine('two');
    expect((await refused()).message).toContain('machine changed since it was made');
    machine('one');
    writeFileSync(join(folder, 'cake/files/motd'), 'go away\n');
    expect((await refused()).message).toContain('machine.files[0].source changed since');
  });

  test('when a file of the recipe has changed, which is named', async () => {
    await locked();
    writeFileSync(join(folder, 'cake/files/motd'), 'go away\n');
    expect(await refused()).toMatchObject({
      code: 'RB_LOCK_OUTDATED',
      message: expect.stringContaining('cook.contents[0].dir changed'),
    });
    expect((await cooked()).sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('when a folder of the recipe is gone, and what is still there is not blamed', async () => {
    recipe(`base: { oci: '${server.host}/a/b:one' }`, 'script: "true"');
    writeFileSync(
      join(folder, 'cake/cake.lock'),
      JSON.stringify({
        version: 1,
        name: 'tiny',
        inputs: [],
        local: { 'cook.contents[0].dir': '0'.repeat(64), 'cook.script': sha256(Buffer.from('true')) },
      }),
    );
    rmSync(join(folder, 'cake/files'), { recursive: true });
    expect(await refused()).toMatchObject({
      code: 'RB_LOCK_OUTDATED',
      message: expect.stringMatching(/fit: cook\.contents\[0\]\.dir changed/),
    });
  });

  test('when the tree is another for a reason that no file shows', async () => {
    await locked();
    recipe(`base: { oci: '${server.host}/a/b:one' }`, 'owners: [{ path: /hello, owner: "7:7" }]');
    expect(await refused()).toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
  });

  test('when its entry is damaged', async () => {
    await locked();
    writeFileSync(join(folder, 'cake/cake.lock'), text().replace(/"value": \{[^}]*\}/, '"value": 7'));
    expect(await refused()).toMatchObject({
      code: 'RB_LOCK_INVALID',
      message: expect.stringContaining('oci'),
    });
  });
});

test('an update of a name that the lock does not have is refused with the nearest', async () => {
  await locked();
  const near = `${server.host}/a/b:onee`;
  await expect(locked([near])).rejects.toMatchObject({
    code: 'RB_ARGUMENT',
    message: expect.stringContaining('a/b:onee'),
    hint: expect.stringContaining('a/b:one'),
  });
});

test('an entry that the recipe does not ask for any more is dropped, and said so', async () => {
  await locked();
  recipe('base: { empty: true }');
  const { removed, lock: made } = await locked();
  expect(removed).toEqual([`oci ${server.host}/a/b:one`]);
  expect(made.inputs).toEqual([]);
});

test('the order in which a machine is written does not count', async () => {
  const machine = { hostname: 'a', root: { password: '*', sshKeys: [] } };
  const cake = { name: 'ordered', cook: { base: { empty: true } } } as const;
  const lockFile = join(folder, 'ordered.lock');
  await lock({ ...cake, machine }, { lockFile });
  const turned = { root: { sshKeys: [], password: '*' }, hostname: 'a' };
  const root = await cook({ ...cake, machine: turned }, { lockFile, locked: true });
  await root.dispose();
});
