import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import { Net, type NetOptions } from '../../src/net/net.ts';
import { type LoadedImage, type OciSource, readOciSource } from '../../src/sources/oci/index.ts';
import { memorySink } from '../../src/tree/content.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { meansOf } from '../support/means.ts';
import { image, json, MANIFEST, manifestOf, type Parts, serve, sha256 } from '../support/small-image.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

let folder: string;
let server: Loopback;
let events: ProgressEvent[];
let env: Record<string, string>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-oci-'));
  env = { HOME: folder };
  server = await Loopback.start();
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function pull(source: Partial<OciSource> = {}, options: NetOptions = {}): Promise<LoadedImage> {
  const made = testHost({ env, cacheDirectory: join(folder, 'cache'), temporaryDirectory: folder });
  events = made.events;
  const net = new Net(made.host, { retries: { attempts: 1 }, ...options });
  const means = meansOf(made.host, net);
  const from = { oci: `${server.host}/a/b:one`, ...source };
  return readOciSource(from, { means, sink: memorySink, origin: 'base' });
}

/** Digests of the blobs in the store. */
function stored(): string[] {
  const directory = join(folder, 'cache/store/blobs');
  if (!existsSync(directory)) return [];
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const messages = (): string[] => events.flatMap((event) => (event.type === 'message' ? [event.text] : []));

describe('an image of a registry', () => {
  test('by tag: pinned in a message; by digest: from the store, offline', async () => {
    const parts = image();
    server.answer = serve(parts);
    const loaded = await pull();
    expect(loaded.tree.get('/hello')).toMatchObject({ type: 'file', content: { size: 5 } });
    expect(loaded.config.env).toEqual(['A=b']);
    const pinned = `${server.host}/a/b:one@sha256:${parts.digest}`;
    expect(messages()).toEqual([`image ${server.host}/a/b:one, for the recipe: oci: ${pinned}`]);
    const asked = server.seen.length;
    const again = await pull({ oci: pinned }, { offline: true });
    expect(again.sha256).toBe(parts.digest);
    expect(server.seen).toHaveLength(asked);
    expect(messages()).toEqual([]);
    await expect(pull({}, { offline: true })).rejects.toMatchObject({ code: 'RB_OFFLINE' });
  });

  test('that nobody knows', async () => {
    server.answer = serve(image());
    const oci = `${server.host}/a/b:two`;
    await expect(pull({ oci })).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
  });

  const flip = (bytes: Buffer): Buffer => {
    const changed = Buffer.from(bytes);
    changed[bytes.length >> 1]! ^= 1;
    return changed;
  };
  test.each(['layer', 'config', 'manifest'] as const)('one byte of the %s is another', async (part) => {
    const parts = image();
    const changed = flip(parts[part]);
    server.answer = serve(parts, { [part]: changed });
    const oci = `${server.host}/a/b:one@sha256:${parts.digest}`;
    await expect(pull({ oci })).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    expect(stored()).not.toContain(sha256(changed));
    expect(stored()).not.toContain(sha256(parts.tar));
  });

  test('a manifest by tag that is not what the registry says', async () => {
    server.answer = serve(image(), {}, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` });
    await expect(pull()).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    expect(stored()).toEqual([]);
  });

  test('a manifest of another media type', async () => {
    const type = { 'content-type': 'application/vnd.docker.distribution.manifest.v2+json' };
    server.answer = serve(image(), {}, type);
    await expect(pull()).rejects.toMatchObject({ code: 'RB_OCI_INVALID' });
  });

  test.each([1, -1])('a layer whose size lies by %d', async (by) => {
    const parts = image();
    const { manifest, digest } = manifestOf(parts.config, parts.layer, { size: parts.layer.length + by });
    server.answer = serve({ ...parts, manifest, digest });
    await expect(pull()).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    expect(stored()).not.toContain(sha256(parts.layer));
  });

  test('a layer that is not that of its diff_id', async () => {
    const parts = image();
    const other = gzipSync(tarBlocks([{ name: 'hello', body: 'there' }]));
    server.answer = serve({ ...parts, layer: other, ...manifestOf(parts.config, other) });
    await expect(pull()).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
  });

  test('more layers than diff_ids', async () => {
    const parts = image();
    const config = json({ rootfs: { diff_ids: [] } });
    server.answer = serve({ ...parts, config, ...manifestOf(config, parts.layer) });
    await expect(pull()).rejects.toMatchObject({ code: 'RB_OCI_INVALID' });
  });

  test('another platform', async () => {
    server.answer = serve(image());
    await expect(pull({ platform: 'linux/arm64' })).rejects.toMatchObject({
      code: 'RB_OCI_UNSUPPORTED',
      hint: 'if that is what you want, write platform: linux/amd64 beside oci',
    });
  });

  test('a bomb', async () => {
    const tar = tarBlocks([{ name: 'zeros', body: '\0'.repeat(4 << 20) }]);
    const config = json({ rootfs: { diff_ids: [`sha256:${sha256(tar)}`] } });
    const layer = gzipSync(tar);
    server.answer = serve({ tar, config, layer, ...manifestOf(config, layer) });
    const failure = expect(pull({ limit: 1 << 20 })).rejects;
    await failure.toMatchObject({
      code: 'RB_LIMIT_EXCEEDED',
      message: expect.stringContaining('its limit of 1048576 bytes'),
    });
    expect(stored()).not.toContain(sha256(tar));
    expect((await pull({ limit: 5 << 20 })).tree.get('/zeros')).toBeDefined();
  });
});

describe('credentials', () => {
  const basic = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`;

  function logIn(entry: object): void {
    mkdirSync(join(folder, '.docker'));
    writeFileSync(join(folder, '.docker/config.json'), JSON.stringify({ auths: { [server.host]: entry } }));
  }

  /** Refuses whoever has not the header. */
  const guarded =
    (wanted: string, challenge: string, answer: (...of: [IncomingMessage, ServerResponse]) => void) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      if (request.headers.authorization === wanted) answer(request, response);
      else response.writeHead(401, { 'www-authenticate': challenge }).end();
    };

  test('Basic', async () => {
    server.answer = guarded(basic, 'Basic realm="r"', serve(image()));
    await expect(pull()).rejects.toMatchObject({ code: 'RB_UNAUTHORIZED' });
    logIn({ auth: Buffer.from('ann:s3cret').toString('base64') });
    expect((await pull()).tree.get('/hello')).toBeDefined();
  });

  test.each([
    ['of nobody', undefined, 'GET', undefined],
    ['of a user', { username: 'ann', password: 's3cret' }, 'GET', basic],
    ['of an identity', { identitytoken: 'id' }, 'POST', undefined],
  ] as const)('a token %s, again when it expires', async (_, entry, method, authorization) => {
    if (entry) logIn(entry);
    const service = await Loopback.start();
    let count = 0;
    service.answer = (_request, response) => {
      count += 1;
      response.end(JSON.stringify({ token: `token-${count}` }));
    };
    const challenge = `Bearer realm="${service.url('/token')}",service="the registry",scope="x"`;
    const registry = serve(image());
    server.answer = (request, response) => {
      const wanted = request.url!.includes('/blobs/') ? 'Bearer token-2' : 'Bearer token-1';
      guarded(wanted, challenge, registry)(request, response);
    };
    try {
      expect((await pull()).tree.get('/hello')).toBeDefined();
      expect(service.seen.map((request) => request.method)).toEqual([method, method]);
      expect(service.seen[0]!.headers.authorization).toBe(authorization);
      const query = method === 'GET' ? '?service=the+registry&scope=repository%3Aa%2Fb%3Apull' : '';
      expect(service.seen[0]!.url).toBe(`/token${query}`);
    } finally {
      await service.stop();
    }
  });

  test('stay where they belong when a layer is elsewhere', async () => {
    logIn({ username: 'ann', password: 's3cret' });
    const parts = image();
    const elsewhere = await Loopback.start();
    elsewhere.answer = (_, response) => response.end(parts.layer);
    server.answer = guarded(basic, 'Basic', (request, response) => {
      if (request.url!.endsWith(sha256(parts.layer))) {
        response.writeHead(307, { location: elsewhere.url('/layer') }).end();
      } else serve(parts)(request, response);
    });
    try {
      expect((await pull()).tree.get('/hello')).toBeDefined();
      expect(elsewhere.seen).toHaveLength(1);
      expect(elsewhere.seen[0]!.headers).not.toHaveProperty('authorization');
    } finally {
      await elsewhere.stop();
    }
  });

  test.each([
    ['Negotiate', 'asks for negotiate'],
    ['Bearer realm="file:///etc/passwd"', 'no https URL'],
    ['Bearer', 'no https URL'],
  ])('are not given to %s', async (challenge, message) => {
    server.answer = (_, response) => response.writeHead(401, { 'www-authenticate': challenge }).end();
    await expect(pull()).rejects.toMatchObject({
      code: 'RB_UNAUTHORIZED',
      message: expect.stringContaining(message),
    });
  });
});

describe('an image of this machine', () => {
  function layout(parts: Parts, manifests?: object[]): string {
    const path = join(folder, 'layout');
    mkdirSync(join(path, 'blobs/sha256'), { recursive: true });
    for (const blob of [parts.manifest, parts.config, parts.layer]) {
      writeFileSync(join(path, 'blobs/sha256', sha256(blob)), blob);
    }
    const one = { mediaType: MANIFEST, digest: `sha256:${parts.digest}`, size: parts.manifest.length };
    writeFileSync(join(path, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(path, 'index.json'), json({ schemaVersion: 2, manifests: manifests ?? [one] }));
    return path;
  }

  test('is pinned in a message, and by its digest', async () => {
    const parts = image();
    const oci = layout(parts);
    const { sha256: digest } = await pull({ oci });
    expect(messages()).toEqual([`image ${oci}, for the recipe: oci: ${oci}@sha256:${digest}`]);
    expect((await pull({ oci: `${oci}@sha256:${digest}` })).sha256).toBe(parts.digest);
    const wrong = pull({ oci: `${oci}@sha256:${'0'.repeat(64)}` });
    await expect(wrong).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    await expect(pull({ oci: `${oci}:name` })).rejects.toMatchObject({ code: 'RB_OCI_UNSUPPORTED' });
  });

  test.each(['manifest', 'config', 'layer'] as const)('with one byte of its %s changed', async (part) => {
    const parts = image();
    const oci = layout(parts);
    const changed = Buffer.from(parts[part]);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(join(oci, 'blobs/sha256', sha256(parts[part])), changed);
    await expect(pull({ oci })).rejects.toMatchObject({
      code: expect.stringMatching(/DIGEST_MISMATCH|ARCHIVE_DAMAGED/),
    });
    expect(stored()).toEqual([]);
  });

  test('that is none', async () => {
    writeFileSync(join(folder, 'some.tar'), tarBlocks([{ name: 'x' }]));
    await expect(pull({ oci: folder })).rejects.toMatchObject({ code: 'RB_OCI_INVALID' });
    await expect(pull({ oci: join(folder, 'some.tar') })).rejects.toMatchObject({ code: 'RB_OCI_INVALID' });
    await expect(pull({ oci: join(folder, 'no.tar') })).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
    const two = [1, 2].map((at) => ({
      mediaType: MANIFEST,
      digest: `sha256:${`${at}`.repeat(64)}`,
      size: 1,
    }));
    await expect(pull({ oci: layout(image(), two) })).rejects.toMatchObject({
      code: 'RB_OCI_UNSUPPORTED',
      message: expect.stringContaining('2 images'),
    });
  });
});
