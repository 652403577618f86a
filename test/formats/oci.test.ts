import { describe, expect, test } from 'vitest';
import {
  choosePlatform,
  type Descriptor,
  parseDockerArchive,
  parseImageConfig,
  parseManifest,
  parsePlatform,
  parseReference,
  pinnedReference,
} from '../../src/formats/oci/index.ts';

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
        hint: 'it has: linux/arm/v6, linux/arm/v7, linux/amd64, linux/arm64/v8',
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
    exposedPorts: [],
    volumes: [],
    stopSignal: '',
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
