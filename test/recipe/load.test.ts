import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import type { Cake } from '../../src/recipe/cake.ts';
import { parseRecipe } from '../../src/recipe/document.ts';
import { builtInCakes, checkCake, checkDocument, loadCake } from '../../src/recipe/load.ts';
import { parseOverride } from '../../src/recipe/overrides.ts';

const MINIMAL = 'name: tiny\ncook:\n  base: { empty: true }\n';

async function load(text: string, set: string[] = []): Promise<Cake> {
  const document = await parseRecipe(text, { name: 'cake.yaml', folder: '/recipes' });
  return await checkDocument(document, await Promise.all(set.map(parseOverride)), '/here');
}

const withBake = (text: string) => `${MINIMAL}bake:\n  kernel: { deb: linux }\n  ${text}\n`;
const withFileSystem = (text: string) => withBake(`size: auto\n  filesystem:\n    ${text}`);

/** The whole error as the command line words it. */
async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => expect.fail('nothing was refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RootlessBakeError)) throw error;
  return `${error.code}: ${error.message}${error.hint ? `\nhint: ${error.hint}` : ''}`;
}

const refused = (text: string, set: string[] = []) => refusal(load(text, set));

describe('a good recipe', () => {
  test('comes out with sizes in bytes, digests in hex and absolute paths', async () => {
    const cake = await load(`
$schema: ../cake.schema.json
name: alpine-machine
cook:
  base:
    tar: https://example.org/root.tar.gz
    sha256: sha256-qgHvUGdsP30l8vzc/M23cUJdsSKEPafdDZKbfdbBd24=
  repositories: [./apks, https://example.org/main]
  packages: [openrc]
  script: |
    true
  contents:
    - { dir: ./overlay, owner: keep }
    - { file: ../motd, to: /etc/motd, mode: "0644", owner: "0:0" }
    - { deb: busybox-static }
    - { deb: ./local.deb, to: /opt }
  path: [/opt/tool/bin]
  owners: [{ path: /srv/www, owner: 100:101, mode: "0755", recursive: true }]
bake:
  size: 128M
  uuid: 0BADCAFE-9999-9999-9999-999999999999
  label: root
  kernel: { vmlinuz: vmlinuz, modules: lib/modules/6.1 }
  bootloader: { extlinux: bin/extlinux, mbr: /usr/lib/mbr.bin }
  modules: [virtio_pci]
  options: [console=ttyS0]
  debug: false
`);
    expect(cake).toMatchInlineSnapshot(`
      {
        "bake": {
          "bootloader": {
            "extlinux": "/recipes/bin/extlinux",
            "mbr": "/usr/lib/mbr.bin",
          },
          "debug": false,
          "kernel": {
            "modules": "/recipes/lib/modules/6.1",
            "vmlinuz": "/recipes/vmlinuz",
          },
          "label": "root",
          "modules": [
            "virtio_pci",
          ],
          "options": [
            "console=ttyS0",
          ],
          "size": 134217728,
          "uuid": "0badcafe-9999-9999-9999-999999999999",
        },
        "cook": {
          "base": {
            "sha256": "aa01ef50676c3f7d25f2fcdcfccdb771425db122843da7dd0d929b7dd6c1776e",
            "tar": "https://example.org/root.tar.gz",
          },
          "contents": [
            {
              "dir": "/recipes/overlay",
              "owner": "keep",
            },
            {
              "file": "/motd",
              "mode": "0644",
              "owner": "0:0",
              "to": "/etc/motd",
            },
            {
              "deb": "busybox-static",
            },
            {
              "deb": "/recipes/local.deb",
              "to": "/opt",
            },
          ],
          "directory": "/recipes",
          "owners": [
            {
              "mode": "0755",
              "owner": "100:101",
              "path": "/srv/www",
              "recursive": true,
            },
          ],
          "packages": [
            "openrc",
          ],
          "path": [
            "/opt/tool/bin",
          ],
          "repositories": [
            "/recipes/apks",
            "https://example.org/main",
          ],
          "script": "true
      ",
        },
        "name": "alpine-machine",
      }
    `);
  });

  test('is the same when it is checked again', async () => {
    const cake = await load(`${MINIMAL}bake: { size: 1G, kernel: { deb: linux-image-cloud-amd64 } }\n`);
    expect(await checkCake(cake)).toEqual(cake);
    expect(cake.bake?.size).toBe(2 ** 30);
  });

  test('chooses the file system, in numbers or in words', async () => {
    const choices = `
    type: ext3
    blockSize: 2K
    features: [^resize_inode, dir_index]
    journal: 16M
    inodes: "5000"
    inodeSize: 128
    reserved: 1%
    hashSeed: 0BADCAFE-0000-0000-0000-000000000000`;
    const text = `size: auto\n  headroom: 64M\n  check: false\n  filesystem:${choices}`;
    const cake = await load(withBake(text));
    expect(cake.bake).toEqual({
      kernel: { deb: 'linux' },
      size: 'auto',
      headroom: 64 * 2 ** 20,
      check: false,
      filesystem: {
        type: 'ext3',
        blockSize: 2048,
        features: ['^resize_inode', 'dir_index'],
        journal: 16 * 2 ** 20,
        inodes: 5000,
        inodeSize: 128,
        reserved: 1,
        hashSeed: '0badcafe-0000-0000-0000-000000000000',
      },
    });
    expect(await checkCake(cake)).toEqual(cake);
    const set = ['bake.headroom=12.5%', 'bake.filesystem={journal: false, bytesPerInode: 4K}'];
    expect((await load(withBake('size: auto'), set)).bake).toMatchObject({
      headroom: '12.5%',
      filesystem: { journal: false, bytesPerInode: 4096 },
    });
  });

  test('may name the base by its path alone', async () => {
    expect((await load('name: a\ncook: { base: ./root.tar }\n')).cook.base).toEqual({
      tar: '/recipes/root.tar',
    });
    expect((await load('name: a\ncook: { base: / }\n')).cook.base).toEqual({ dir: '/' });
  });

  test('may be made of anchors, and faults behind them are still placed', async () => {
    const text = 'name: a\ncook: &c\n  base: { empty: true }\n  packages: [openrc]\n';
    expect((await load(text)).cook.packages).toEqual(['openrc']);
    const split = 'cook:\n  base: &b { tra: x }\nname: a\n';
    expect(await refused(split)).toContain('cake.yaml:2:14');
  });

  test('in code may hold objects', async () => {
    const volume = { readdirSync: () => [] } as never;
    const cake = await checkCake({ name: 'a', cook: { base: { volume, path: '/root' } } });
    expect(cake.cook.base).toEqual({ volume, path: '/root' });
    expect((cake.cook.base as { volume: unknown }).volume).toBe(volume);
  });
});

describe('what is refused, and in which words', () => {
  const cases: Record<string, string> = {
    'a key that does not exist': `${MINIMAL}bake:\n  size: 1M\n  kernel: { deb: linux }\n  modles: [ext4]\n`,
    'a key of another part': `${MINIMAL}size: 64M\n`,
    'a key that is like no other': `${MINIMAL}zebra: 1\n`,
    'a key of a base': 'name: a\ncook:\n  base: { tarr: ./x.tar }\n',
    'no base': 'name: a\ncook:\n  packages: [openrc]\n',
    'an empty base': 'name: a\ncook:\n  base: {}\n',
    'no cook': 'name: a\n',
    'no name': 'cook: { base: { empty: true } }\n',
    'an empty file': '',
    'a list': '- a\n',
    'no size': `${MINIMAL}bake:\n  kernel: { deb: linux }\n`,
    'no kernel': `${MINIMAL}bake:\n  size: 64M\n`,
    'a size of nonsense': `${MINIMAL}bake:\n  size: big\n  kernel: { deb: linux }\n`,
    'a decimal size': `${MINIMAL}bake:\n  size: 128MB\n  kernel: { deb: linux }\n`,
    'a size of half a sector': `${MINIMAL}bake:\n  size: 1000\n  kernel: { deb: linux }\n`,
    'a size of nothing': `${MINIMAL}bake:\n  size: 0\n  kernel: { deb: linux }\n`,
    'a headroom for a fixed size': withBake('size: 64M\n  headroom: 10%'),
    'a headroom of nonsense': withBake('size: auto\n  headroom: lots'),
    'a feature that does not exist': withFileSystem('features: [has_jurnal]'),
    'a feature that nothing is like': withFileSystem('features: [zebra]'),
    'a feature that cannot be filled': withFileSystem('features: [extent, quota]'),
    'a feature that SYSLINUX cannot read': withFileSystem('features: [^resize_inode, meta_bg]'),
    'a block size of nonsense': withFileSystem('blockSize: 8192'),
    'an inode size of nonsense': withFileSystem('inodeSize: 512'),
    'a journal of a fraction': withFileSystem('journal: 1.5M'),
    'a journal of too few blocks': withFileSystem('journal: 2M'),
    'a number and a ratio of inodes': withFileSystem('inodes: 5000\n    bytesPerInode: 4096'),
    'a number of inodes of nonsense': withFileSystem('inodes: 1.5'),
    'a ratio of inodes of nonsense': withFileSystem('bytesPerInode: 128M'),
    'a reserve of nonsense': withFileSystem('reserved: 99%'),
    'a type of nonsense': withFileSystem('type: btrfs'),
    'a hash seed of nonsense': withFileSystem('hashSeed: 1234'),
    'a wrong uuid': `${MINIMAL}bake:\n  size: 1M\n  kernel: { deb: linux }\n  uuid: 1234\n`,
    'a uuid with a typo': `${MINIMAL}bake:\n  size: 1M\n  kernel: { deb: linux }\n  uuid: 9999999-9999-9999-9999-999999999999\n`,
    'a long label': `${MINIMAL}bake:\n  size: 1M\n  kernel: { deb: linux }\n  label: a-name-far-too-long\n`,
    'a module file': `${MINIMAL}bake:\n  size: 1M\n  kernel: { deb: linux }\n  modules: [drivers/block/virtio_blk.ko.xz]\n`,
    'a line break in an option': `${MINIMAL}bake:\n  size: 1M\n  kernel: { deb: linux }\n  options: ["a\\nINITRD /x"]\n`,
    'a mode as a YAML number': `${MINIMAL}  contents:\n    - { file: ./a, to: /a, mode: 0644 }\n`,
    'a mode as a YAML octal': `${MINIMAL}  contents:\n    - { file: ./a, to: /a, mode: 0o644 }\n`,
    'a mode of letters': `${MINIMAL}  contents:\n    - { file: ./a, to: /a, mode: "rw-r--r--" }\n`,
    'an owner by name': `${MINIMAL}  contents:\n    - { dir: ./a, owner: "root:root" }\n`,
    'a content without a source': `${MINIMAL}  contents:\n    - { to: /a }\n`,
    'a content with a misspelt source': `${MINIMAL}  contents:\n    - { fiel: ./a, to: /a }\n`,
    'a file without a target': `${MINIMAL}  contents:\n    - { file: ./a }\n`,
    'a target that is not absolute': `${MINIMAL}  contents:\n    - { file: ./a, to: etc/a }\n`,
    'a target above the root': `${MINIMAL}  contents:\n    - { file: ./a, to: /../a }\n`,
    'a conflict settled twice': `${MINIMAL}  contents:\n    - { dir: ./a, replace: true, skip: true }\n`,
    'a path settled twice': `${MINIMAL}  contents:\n    - { dir: ./a, replace: [/etc], skip: [/srv, /etc] }\n`,
    'a conflict settled by a word': `${MINIMAL}  contents:\n    - { dir: ./a, replace: all }\n`,
    'a conflict settled by a pattern': `${MINIMAL}  contents:\n    - { dir: ./a, skip: ["*.so"] }\n`,
    'a .deb by URL': `${MINIMAL}  contents:\n    - { deb: "https://example.org/a.deb" }\n`,
    'a URL without its digest': 'name: a\ncook:\n  base: { tar: "https://example.org/a.tar" }\n',
    'a URL alone': 'name: a\ncook:\n  base: https://example.org/a.tar\n',
    'a short digest': 'name: a\ncook:\n  base: { tar: ./a, sha256: abc }\n',
    'an option in the place of a package': `${MINIMAL}  packages: [--allow-untrusted]\n`,
    'several packages in one item': `${MINIMAL}  packages: ["openrc chrony"]\n`,
    'a text for a list': `${MINIMAL}  packages: openrc\n`,
    'nothing for a list': `${MINIMAL}  packages:\n`,
    'a PATH that is shell': `${MINIMAL}  path: ["/opt/$(id)"]\n`,
    'a name that is a path': 'name: a/b\ncook: { base: { empty: true } }\n',
    'several faults at once': `name: a/b\nkook: 1\ncook: { base: { empty: true }, packages: 7 }\n`,
    'broken YAML': 'name: a\ncook: { base: [ }\n',
    'a tab for indentation': 'name: a\ncook:\n\tbase: 1\n',
    'a key twice': 'name: a\nname: b\n',
    'an unknown tag': 'name: !secret a\n',
    'a reference to nothing': 'name: *nobody\n',
  };

  for (const [name, text] of Object.entries(cases)) {
    test(name, async () => {
      await expect(await refused(text)).toMatchFileSnapshot(`goldens/${name.replaceAll(/\W+/g, '-')}.txt`);
    });
  }

  test('aliases that multiply', async () => {
    const layers = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`)}]`);
    expect(await refused(`l0: &l0 [x, x]\n${layers.join('\n')}\n`)).toContain('RB_RECIPE_SYNTAX');
  });
});

describe('--set', () => {
  test('goes over the file, and its paths start from the current directory', async () => {
    const cake = await load(`${MINIMAL}  packages: [a, b]\n  contents: [{ dir: ./x }, { dir: ./y }]\n`, [
      'cook.base.tar=../root.tar',
      'cook.base.empty=null',
      'cook.repositories=[./apks, "https://example.org/main"]',
      'cook.packages=null',
      'cook.contents.1.dir=z',
      'cook.contents.2.deb=busybox-static',
      'bake={size: 64M, kernel: {deb: ./k.deb}}',
      'bake.debug=true',
    ]);
    expect(cake).toMatchInlineSnapshot(`
      {
        "bake": {
          "debug": true,
          "kernel": {
            "deb": "/here/k.deb",
          },
          "size": 67108864,
        },
        "cook": {
          "base": {
            "tar": "/root.tar",
          },
          "contents": [
            {
              "dir": "/recipes/x",
            },
            {
              "dir": "/here/z",
            },
            {
              "deb": "busybox-static",
            },
          ],
          "directory": "/recipes",
          "repositories": [
            "/here/apks",
            "https://example.org/main",
          ],
        },
        "name": "tiny",
      }
    `);
  });

  test('makes a map of a base that was a path', async () => {
    const cake = await load('name: a\ncook: { base: ./x.tar }\n', ['cook.base.dir=./root']);
    expect(cake.cook.base).toEqual({ dir: '/here/root' });
  });

  test.each([
    ['bake', 'nothing to set'],
    ['=1', 'no key'],
    ['__proto__.polluted=1', 'a key that is none'],
    ['cook.packages=[a', 'broken YAML'],
    ['cook.contents.3.dir=x', 'beyond the end of a list'],
    ['cook.pakages=[a]', 'an unknown key'],
    ['bake.size=64M', 'a part that is then incomplete'],
    ['cook.packages.x=1', 'a key in a list'],
  ])('refuses %s: %s', async (set) => {
    const text = `${MINIMAL}  contents: []\n  packages: []\n`;
    await expect(await refused(text, [set])).toMatchFileSnapshot(
      `goldens/set-${set.replaceAll(/\W+/g, '-')}.txt`,
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('recipe files', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-recipe-'));
    mkdirSync(join(folder, 'json'));
    mkdirSync(join(folder, 'empty'));
    const recipe = { name: 'tiny', cook: { base: { empty: true }, contents: [{ dir: './here' }] } };
    writeFileSync(join(folder, 'json', 'cake.json'), JSON.stringify(recipe, null, '\t'));
    writeFileSync(join(folder, 'plain.mjs'), `export default ${JSON.stringify(recipe)};\n`);
    writeFileSync(
      join(folder, 'typed.ts'),
      `interface Named { name: string }\nconst named: Named = { name: 'tiny' };\n` +
        `export default { ...named, cook: ${JSON.stringify(recipe.cook)} } as const;\n`,
    );
    writeFileSync(join(folder, 'throws.mjs'), 'throw new Error("out of flour");\n');
    writeFileSync(
      join(folder, 'broken.ts'),
      'const name: string = "x";\nexport default { name, cook: {, } };\n',
    );
    writeFileSync(
      join(folder, 'throws.ts'),
      'interface A { a: 1 }\nfunction flour(): never {\n  throw new Error("out of flour");\n}\nexport default flour();\n',
    );
    writeFileSync(join(folder, 'nothing.mjs'), 'export const cake = 1;\n');
    writeFileSync(join(folder, 'tiny.toml'), '');
    writeFileSync(join(folder, 'bad.json'), '{ "name": "a", }\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test.each(['json', 'json/cake.json', 'plain.mjs', 'typed.ts'])('%s', async (name) => {
    const cake = await loadCake(`./${name}`, { cwd: folder });
    const from = name.startsWith('json') ? join(folder, 'json') : folder;
    expect(cake).toEqual({
      name: 'tiny',
      cook: { directory: from, base: { empty: true }, contents: [{ dir: join(from, 'here') }] },
      lockFile: join(from, `${basename(name).replace(/\..*/, '').replace('json', 'cake')}.lock`),
    });
  });

  test.each([
    'throws.mjs',
    'throws.ts',
    'broken.ts',
    'nothing.mjs',
    'tiny.toml',
    'absent.yaml',
    'empty',
    'helo',
    'bad.json',
  ])('refuses %s', async (name) => {
    const text = await refusal(loadCake(name, { cwd: folder }));
    await expect(text).toMatchFileSnapshot(`goldens/file-${name.replaceAll('.', '-')}.txt`);
  });

  test('refuses what is below a file', async () => {
    const text = await refusal(loadCake('bad.json/cake.yaml', { cwd: folder }));
    expect(text).toContain('RB_RECIPE_NOT_FOUND: there is no recipe "bad.json/cake.yaml"');
  });

  test('all that come with the package are good', async () => {
    expect(builtInCakes()).toContain('hello');
    for (const name of builtInCakes()) expect((await loadCake(name)).name).toBe(name);
  });
});

test('the schema for editors is current: `npx vitest run test/recipe -u` writes it', async () => {
  const { cakeJsonSchema } = await import('../../src/recipe/schema.ts');
  await expect(`${JSON.stringify(cakeJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
    '../../cake.schema.json',
  );
});
