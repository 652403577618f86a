import { describe, expect, test } from 'vitest';
import {
  applyLayer,
  choosePlatform,
  type Descriptor,
  parseDockerArchive,
  parseImageConfig,
  parseManifest,
  parsePlatform,
  parseReference,
  pinnedReference,
} from '../../src/formats/oci/index.ts';
import { bytesContent, readContent } from '../../src/tree/content.ts';
import { Tree } from '../../src/tree/tree.ts';
import { type TarBlock, tarBlocks } from '../support/tar-blocks.ts';

const hex = 'ab'.repeat(32);
const digest = `sha256:${hex}`;
const what = 'the document';
const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

const OCI = 'application/vnd.oci.image';
const DOCKER = 'application/vnd.docker.distribution.manifest';
const MANIFEST = `${OCI}.manifest.v1+json`;
const INDEX = `${OCI}.index.v1+json`;

describe('references', () => {
  test.each([
    ['debian', 'registry-1.docker.io', 'library/debian', 'latest', undefined, false],
    ['debian:12', 'registry-1.docker.io', 'library/debian', '12', undefined, false],
    ['docker.io/debian:12', 'registry-1.docker.io', 'library/debian', '12', undefined, false],
    ['index.docker.io/a/b', 'registry-1.docker.io', 'a/b', 'latest', undefined, false],
    [`docker.io/library/debian:12@${digest}`, 'registry-1.docker.io', 'library/debian', '12', hex, false],
    [`quay.example/a/b-c/d__e@${digest}`, 'quay.example', 'a/b-c/d__e', undefined, hex, false],
    ['host:5000/a:b', 'host:5000', 'a', 'b', undefined, false],
    ['localhost/a', 'localhost', 'a', 'latest', undefined, true],
    ['127.0.0.1:5000/a', '127.0.0.1:5000', 'a', 'latest', undefined, true],
    ['[::1]:5000/a', '[::1]:5000', 'a', 'latest', undefined, true],
    ['https://localhost/a', 'localhost', 'a', 'latest', undefined, false],
    ['http://intranet/a:1', 'intranet', 'a', '1', undefined, true],
    ['localhost.example/a', 'localhost.example', 'a', 'latest', undefined, false],
    ['user/repository', 'registry-1.docker.io', 'user/repository', 'latest', undefined, false],
  ])('%s', (text, registry, repository, tag, sha256, isPlain) => {
    expect(parseReference(text)).toEqual({
      registry,
      repository,
      isPlain,
      ...(tag !== undefined && { tag }),
      ...(sha256 !== undefined && { sha256 }),
    });
  });

  test.each([
    '',
    'Debian',
    'debian:',
    'debian:-x',
    `debian:${'x'.repeat(129)}`,
    'debian@sha256:12',
    `debian@${digest.toUpperCase()}`,
    `debian@${digest}@${digest}`,
    'a//b',
    '../b',
    'host.example/../v2',
    'host.example/a?b',
    'user:secret@host.example/a',
    'host.example:port/a',
    'ftp://host/a',
    `host.example/${'a'.repeat(256)}`,
    'host.example/',
  ])('not: %s', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'RB_ARGUMENT' }));
  });

  test('are pinned as they are written', () => {
    expect(pinnedReference('debian:12', hex)).toBe(`debian:12@${digest}`);
    expect(pinnedReference(`debian:12@${digest}`, 'cd'.repeat(32))).toBe(
      `debian:12@sha256:${'cd'.repeat(32)}`,
    );
  });
});

describe('manifests', () => {
  const config = { mediaType: `${OCI}.config.v1+json`, digest, size: 2 };
  const layer = { mediaType: `${OCI}.layer.v1.tar+zstd`, digest, size: 3 };
  const image = { schemaVersion: 2, config, layers: [layer] };
  const index = { schemaVersion: 2, manifests: [{ mediaType: MANIFEST, digest, size: 4 }] };

  test('of both kinds', () => {
    expect(parseManifest(json(image), what, MANIFEST)).toMatchObject({
      kind: 'image',
      config: { sha256: hex, size: 2 },
      layers: [{ sha256: hex, size: 3, mediaType: layer.mediaType }],
    });
    expect(parseManifest(json({ ...index, mediaType: INDEX }), what)).toMatchObject({ kind: 'index' });
    const docker = {
      schemaVersion: 2,
      mediaType: `${DOCKER}.v2+json`,
      config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' },
      layers: [{ ...layer, mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip' }],
    };
    expect(parseManifest(json(docker), what, `${DOCKER}.v2+json`)).toMatchObject({ kind: 'image' });
    expect(parseManifest(json({ ...index, mediaType: `${DOCKER}.list.v2+json` }), what).kind).toBe('index');
  });

  const bad = 'RB_OCI_INVALID';
  const odd = 'RB_OCI_UNSUPPORTED';
  test.each<[string, unknown, string | undefined, string]>([
    ['no JSON', undefined, undefined, bad],
    ['a list', [], undefined, bad],
    ['no schema', { ...image, schemaVersion: undefined }, undefined, bad],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, undefined, odd],
    ['both at once', { ...image, ...index }, undefined, bad],
    ['neither', { schemaVersion: 2 }, undefined, bad],
    ['another type than was told', { ...image, mediaType: MANIFEST }, `${DOCKER}.v2+json`, bad],
    ['an image that is told to be an index', image, INDEX, bad],
    ['an index that says it is an image', { ...index, mediaType: MANIFEST }, undefined, bad],
    ['an artifact', { ...image, mediaType: 'application/json' }, undefined, odd],
    [
      'a config of something else',
      { ...image, config: { ...config, mediaType: 'text/plain' } },
      undefined,
      odd,
    ],
    [
      'an encrypted layer',
      { ...image, layers: [{ ...layer, mediaType: `${layer.mediaType}+encrypted` }] },
      undefined,
      odd,
    ],
    ['a negative size', { ...image, layers: [{ ...layer, size: -1 }] }, undefined, bad],
    ['a size of text', { ...image, layers: [{ ...layer, size: '3' }] }, undefined, bad],
    [
      'a digest with a path',
      { ...image, layers: [{ ...layer, digest: 'sha256:../../etc/passwd' }] },
      undefined,
      bad,
    ],
    ['a sha512', { ...image, layers: [{ ...layer, digest: `sha512:${hex}${hex}` }] }, undefined, odd],
    ['too many layers', { ...image, layers: Array.from({ length: 1025 }, () => layer) }, undefined, bad],
    ['layers that are none', { ...image, layers: 'many' }, undefined, bad],
  ])('refused: %s', (_, document, told, code) => {
    const bytes = document === undefined ? Buffer.from('{') : json(document);
    expect(() => parseManifest(bytes, what, told)).toThrow(expect.objectContaining({ code }));
  });
});

describe('platforms', () => {
  const item = (platform?: string): Descriptor => ({
    mediaType: MANIFEST,
    sha256: hex,
    size: 1,
    annotations: {},
    ...(platform !== undefined && { platform: parsePlatform(platform) }),
  });
  const many = ['unknown/unknown', 'linux/arm/v6', 'linux/arm/v7', 'linux/amd64', 'linux/arm64/v8'].map(item);
  const choose = (from: readonly Descriptor[], text: string) =>
    choosePlatform(from, parsePlatform(text), what).platform;

  test('are chosen', () => {
    expect(choose(many, 'linux/amd64')).toEqual({ os: 'linux', architecture: 'amd64' });
    expect(choose(many, 'linux/x86_64')).toEqual({ os: 'linux', architecture: 'amd64' });
    expect(choose(many, 'linux/arm/v7')).toMatchObject({ variant: 'v7' });
    expect(choose(many, 'linux/arm')).toMatchObject({ variant: 'v6' });
    expect(choose(many, 'linux/arm64')).toMatchObject({ variant: 'v8' });
    expect(choose([item()], 'linux/amd64')).toBeUndefined();
  });

  test('that are not there are named', () => {
    expect(() => choose(many, 'linux/s390x')).toThrow(
      expect.objectContaining({
        code: 'RB_OCI_UNSUPPORTED',
        hint: 'It has: linux/arm/v6, linux/arm/v7, linux/amd64, linux/arm64/v8',
      }),
    );
    expect(() => choose([item(), item()], 'linux/amd64')).toThrow('no image for linux/amd64');
    expect(() => choose(many, 'linux/arm/v5')).toThrow('no image for linux/arm/v5');
    expect(() => parsePlatform('amd64')).toThrow(expect.objectContaining({ code: 'RB_ARGUMENT' }));
  });
});

test('configs and archives of docker save', () => {
  const config = {
    os: 'linux',
    architecture: 'amd64',
    config: { Env: ['A=b'], User: '1:2', Entrypoint: ['/x'], Cmd: null, Labels: { l: 'm' } },
    rootfs: { type: 'layers', diff_ids: [digest] },
  };
  expect(parseImageConfig(json(config), what)).toEqual({
    platform: { os: 'linux', architecture: 'amd64' },
    diffIds: [hex],
    env: ['A=b'],
    user: '1:2',
    entrypoint: ['/x'],
    cmd: [],
    workingDir: '',
    labels: { l: 'm' },
  });
  const invalid = expect.objectContaining({ code: 'RB_OCI_INVALID' });
  expect(() => parseImageConfig(json({ ...config, rootfs: undefined }), what)).toThrow(invalid);
  expect(() => parseImageConfig(json({ ...config, config: { Env: [1] } }), what)).toThrow(invalid);
  const item = { Config: 'c.json', RepoTags: null, Layers: ['a/layer.tar'] };
  expect(parseDockerArchive(json([item]), what)).toEqual([
    { config: 'c.json', repoTags: [], layers: ['a/layer.tar'] },
  ]);
  expect(() => parseDockerArchive(json([{ ...item, Config: undefined }]), what)).toThrow(invalid);
});

describe('layers', () => {
  const dir = { typeflag: '5', mode: 0o755 };
  const link = (name: string, linkname: string): TarBlock => ({ name, linkname, typeflag: '2' });
  const hard = (name: string, linkname: string): TarBlock => ({ name, linkname, typeflag: '1' });
  const file = (name: string, body = name): TarBlock => ({ name, body });

  async function stack(...layers: TarBlock[][]): Promise<Tree> {
    const tree = new Tree();
    for (const [index, blocks] of layers.entries()) {
      await applyLayer(tree, bytesContent(tarBlocks(blocks)), { origin: 'base', what: `layer ${index + 1}` });
    }
    return tree;
  }

  const paths = (tree: Tree): string[] => [...tree.walk()].map(({ path }) => path).slice(1);
  const text = (tree: Tree, path: string): string => {
    const entry = tree.get(path);
    return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : `${entry?.type}`;
  };

  test('take away what is below, and nothing else', async () => {
    const lower = [file('a/x'), file('a/y'), file('b/x'), file('c/d/x'), file('c/y'), file('e')];
    const upper = [
      file('a/z'),
      file('a/.wh.x'),
      file('.wh.b'),
      file('c/d/new'),
      file('.wh.c'),
      file('.wh.none'),
    ];
    expect(paths(await stack(lower, upper))).toEqual(['/a', '/a/y', '/a/z', '/c', '/c/d', '/c/d/new', '/e']);
  });

  test('opaque directories hide what is below, wherever the mark stands', async () => {
    const lower = [file('a/x'), file('a/b/x'), file('z')];
    expect(paths(await stack(lower, [file('a/new'), file('a/b/new'), file('a/.wh..wh..opq')]))).toEqual([
      '/a',
      '/a/b',
      '/a/b/new',
      '/a/new',
      '/z',
    ]);
    expect(paths(await stack(lower, [file('.wh..wh..opq'), file('n')]))).toEqual(['/n']);
    expect(paths(await stack([file('.wh..wh..opq'), file('n')]))).toEqual(['/n']);
  });

  test('put one thing in the place of another', async () => {
    const lower = [file('d/x'), file('f'), link('l', 'd')];
    const tree = await stack(lower, [
      file('d'),
      { ...dir, name: 'f' },
      file('f/x'),
      { ...dir, name: 'l' },
      file('l/y'),
    ]);
    expect(paths(tree)).toEqual(['/d', '/f', '/f/x', '/l', '/l/y']);
  });

  test('a hard link leads to what is there then', async () => {
    const tree = await stack(
      [file('a', 'old')],
      [hard('b', 'a'), file('a', 'new'), hard('c', 'a'), file('.wh.b')],
    );
    expect(tree.get('/b')).not.toBe(tree.get('/a'));
    expect(tree.get('/c')).toBe(tree.get('/a'));
    expect([text(tree, '/a'), text(tree, '/b')]).toEqual(['new', 'old']);
  });

  test('links among parents never lead out', async () => {
    const lower = [link('up', '../../../..'), link('etc', '/real'), { ...dir, name: 'real' }, file('real/x')];
    const tree = await stack(lower, [
      file('up/escaped'),
      file('etc/new'),
      file('etc/.wh.x'),
      file('up/up/.wh.none'),
    ]);
    expect(paths(tree)).toEqual(['/escaped', '/etc', '/real', '/real/new', '/up']);
  });

  test.each<[string, TarBlock[], string]>([
    ['a name with ..', [file('a/../../b')], 'RB_PATH_INVALID'],
    ['a whiteout of ..', [file('a/.wh...')], 'RB_OCI_UNSUPPORTED'],
    ['a whiteout of .', [file('a/.wh..')], 'RB_OCI_UNSUPPORTED'],
    ['a whiteout of nothing', [file('.wh.')], 'RB_OCI_UNSUPPORTED'],
    ['a mark of AUFS', [file('.wh..wh.plnk')], 'RB_OCI_UNSUPPORTED'],
    ['a whiteout with .. before it', [file('../.wh.x')], 'RB_PATH_INVALID'],
    ['a file as a parent', [file('file/x')], 'RB_TREE_CONFLICT'],
    ['a link to nowhere as a parent', [file('nowhere/x')], 'RB_TREE_CONFLICT'],
    ['a hard link to what was taken away', [file('.wh.file'), hard('b', 'file')], 'RB_ARCHIVE_DAMAGED'],
    ['a root that is a link', [link('/', '/etc')], 'RB_PATH_INVALID'],
  ])('refused: %s', async (_, upper, code) => {
    const lower = [file('file'), link('nowhere', 'gone'), { ...dir, name: 'a' }];
    await expect(stack(lower, upper)).rejects.toThrow(expect.objectContaining({ code }));
  });

  test('have limits', async () => {
    const layer = bytesContent(tarBlocks([file('a'), file('b')]));
    const options = { origin: 'base', what: 'layer 1 of x' };
    const entries = applyLayer(new Tree(), layer, { ...options, limits: { entries: 1, bytes: 100 } });
    await expect(entries).rejects.toThrow(/layer 1 of x holds more than 1 entries/);
    const bytes = applyLayer(new Tree(), layer, { ...options, limits: { entries: 9, bytes: 1 } });
    await expect(bytes).rejects.toThrow(expect.objectContaining({ code: 'RB_ARCHIVE_TOO_LARGE' }));
  });
});
