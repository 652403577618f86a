import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type PushedImage, type PushOptions, push } from '../../src/export/push/push.ts';
import { writeRoot } from '../../src/export/write-root.ts';
import type { Host } from '../../src/host.ts';
import { textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { patternContent } from '../support/pattern-content.ts';
import { PushRegistry, told } from '../support/push-registry.ts';
import { json, sha256 } from '../support/small-image.ts';
import { TYPES } from '../support/small-registry.ts';

const epoch = 1_700_000_000;
const meta = metadata({ mode: 0o755, origin: 'test' });
let folder: string;
let server: Loopback;
let registry: PushRegistry;
let host: Host;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-push-'));
  mkdirSync(join(folder, 'tmp'));
  server = await Loopback.start();
  registry = new PushRegistry();
  server.answer = registry.answer;
  host = hostWith();
});
afterEach(async () => {
  expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
  await server.stop();
  rmSync(folder, { recursive: true });
});

function hostWith(over: Partial<Host> = {}): Host {
  const folders = { temporaryDirectory: join(folder, 'tmp'), cacheDirectory: join(folder, 'cache') };
  return testHost({ env: { HOME: folder }, ...folders, ...over }).host;
}

function tree(): Tree {
  const made = new Tree(meta);
  made.set('/hello', fileEntry(textContent('world'), meta));
  return made;
}

/** More than one piece of 16 MiB, of bytes that gzip cannot make fewer. */
function largeTree(): Tree {
  const made = tree();
  made.set('/large', fileEntry(patternContent(17 << 20, 1), meta));
  return made;
}

const pushTo = (reference: string, options: PushOptions = {}, root = tree()): Promise<PushedImage> =>
  push({ tree: root, epoch }, `${server.host}/${reference}`, options, host);

const outcomes = ({ blobs }: PushedImage) => blobs.map(({ outcome }) => outcome);
const asked = (method: string) => server.seen.filter((request) => request.method === method);

describe('a push', () => {
  test('brings blobs and manifest, and says what pins them', async () => {
    const pushed = await pushTo('a/b:one');
    expect(pushed.reference).toBe(`${server.host}/a/b:one@${pushed.digest}`);
    expect(outcomes(pushed)).toEqual(['uploaded', 'uploaded']);
    const { body, type } = registry.manifests.get('a/b one')!;
    expect(type).toBe(TYPES.manifest);
    expect(`sha256:${sha256(body)}`).toBe(pushed.digest);
    const { config, layers } = JSON.parse(body.toString());
    expect(pushed.blobs.map(({ digest }) => digest).sort()).toEqual([config.digest, layers[0].digest].sort());
    for (const { digest, size } of [config, ...layers]) {
      expect(registry.blobs.get(`a/b ${digest}`)).toHaveLength(size);
    }
  });

  test('sends nothing that is there already', async () => {
    const first = await pushTo('a/b:one');
    const before = asked('POST').length;
    const second = await pushTo('a/b');
    expect(second.digest).toBe(first.digest);
    expect(second.reference).toBe(`${server.host}/a/b:latest@${first.digest}`);
    expect(outcomes(second)).toEqual(['present', 'present']);
    expect(asked('POST')).toHaveLength(before);
    const third = await pushTo(`a/b@${first.digest}`);
    expect(third.reference).toBe(`${server.host}/a/b@${first.digest}`);
    const other = pushTo(`a/b:x@sha256:${'0'.repeat(64)}`);
    await expect(other).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    expect(registry.manifests.has('a/b x')).toBe(false);
  });

  test('takes over what another repository has, of those it knows or is told', async () => {
    await pushTo('a/b:one');
    expect(outcomes(await pushTo('c/d:one'))).toEqual(['mounted', 'mounted']);
    host = hostWith({ cacheDirectory: join(folder, 'another') });
    expect(outcomes(await pushTo('e/f:one'))).toEqual(['uploaded', 'uploaded']);
    expect(outcomes(await pushTo('g/h:one', { mountFrom: ['no/thing', 'c/d'] }))).toEqual([
      'mounted',
      'mounted',
    ]);
    expect(asked('DELETE').length).toBeGreaterThan(0);
  });

  test('goes to where the registry says, with what it says, and tells nobody else who we are', async () => {
    const elsewhere = await Loopback.start();
    elsewhere.answer = registry.answer;
    logIn({ username: 'ann', password: 's3cret' });
    registry.before = (request, response) => {
      if (request.headers.host === elsewhere.host) return false;
      if (!request.headers.authorization) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
        return true;
      }
      if (request.method === 'POST') {
        const relay = new URL(elsewhere.url(request.url));
        void fetch(relay, { method: 'POST' }).then(({ headers }) => {
          response.writeHead(202, { location: new URL(headers.get('location')!, relay).href }).end();
        });
        return true;
      }
      return false;
    };
    try {
      expect(outcomes(await pushTo('a/b:one'))).toEqual(['uploaded', 'uploaded']);
      const puts = elsewhere.seen.filter(({ method }) => method === 'PUT');
      expect(puts).toHaveLength(2);
      for (const { headers } of puts) expect(headers).not.toHaveProperty('authorization');
    } finally {
      await elsewhere.stop();
    }
  });

  test('in chunks, where the registry wants them', async () => {
    registry.before = (request, response, body) => {
      if (request.method !== 'PUT' || body.length < 16 << 20) return false;
      response.writeHead(413).end();
      return true;
    };
    const pushed = await pushTo('a/b:one', { compression: 'none' }, largeTree());
    expect(outcomes(pushed)).toEqual(['uploaded', 'uploaded']);
    const ranges = asked('PATCH').map(({ headers }) => headers['content-range']);
    const { size, digest } = pushed.blobs.find((blob) => blob.size > 1 << 20)!;
    expect(ranges).toEqual([`0-${(16 << 20) - 1}`, `${16 << 20}-${size - 1}`]);
    expect(sha256(registry.blobs.get(`a/b ${digest}`)!)).toBe(digest.slice(7));
  });

  test.each([405, 501])('a small blob as well: %d', async (status) => {
    registry.before = (request, response, body) => {
      if (request.method !== 'PUT' || !request.url!.includes('uploads') || body.length === 0) return false;
      response.writeHead(status).end();
      return true;
    };
    expect(outcomes(await pushTo('a/b:one'))).toEqual(['uploaded', 'uploaded']);
    expect(asked('PATCH')).toHaveLength(2);
    expect(registry.manifests.has('a/b one')).toBe(true);
  });

  test('begins an upload anew when it breaks off', async () => {
    let failures = 2;
    registry.before = (request, response) => {
      if (request.method !== 'PUT' || !request.url!.includes('uploads') || failures === 0) return false;
      failures -= 1;
      if (failures === 1) response.writeHead(503).end();
      else request.socket.destroy();
      return true;
    };
    const pushed = await pushTo('a/b:one', { compression: 'none' });
    expect(outcomes(pushed)).toEqual(['uploaded', 'uploaded']);
    expect(asked('POST')).toHaveLength(4);
    expect(registry.manifests.has('a/b one')).toBe(true);
  });
});

function logIn(entry: object): void {
  mkdirSync(join(folder, '.docker'), { recursive: true });
  writeFileSync(join(folder, '.docker/config.json'), JSON.stringify({ auths: { [server.host]: entry } }));
}

describe('credentials', () => {
  const basic = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`;

  function guard(wanted: () => string, challenge: string): void {
    registry.before = (request, response) => {
      if (request.headers.authorization === wanted()) return false;
      response.writeHead(401, { 'www-authenticate': challenge }).end(told('UNAUTHORIZED', 'who are you?'));
      return true;
    };
  }

  test('Basic', async () => {
    guard(() => basic, 'Basic realm="r"');
    await expect(pushTo('a/b:one')).rejects.toMatchObject({
      code: 'RB_UNAUTHORIZED',
      hint: expect.stringContaining('docker login'),
    });
    logIn({ username: 'ann', password: 'wrong' });
    await expect(pushTo('a/b:one')).rejects.toMatchObject({
      code: 'RB_UNAUTHORIZED',
      message: expect.stringContaining('401 Unauthorized: UNAUTHORIZED: who are you?'),
    });
    logIn({ username: 'ann', password: 's3cret' });
    expect(outcomes(await pushTo('a/b:one'))).toEqual(['uploaded', 'uploaded']);
  });

  test.each([
    ['a user', { username: 'ann', password: 's3cret' }, 'GET'],
    ['an identity', { identitytoken: 'id' }, 'POST'],
  ] as const)('a token of %s for pushing, asked for again when it expires', async (_, entry, method) => {
    logIn(entry);
    const service = await Loopback.start();
    let tokens = 0;
    const bodies: string[] = [];
    service.answer = async (request, response) => {
      tokens += 1;
      let body = '';
      for await (const part of request) body += part;
      bodies.push(body);
      response.end(JSON.stringify({ access_token: `token-${tokens}` }));
    };
    let requests = 0;
    const wanted = () => {
      requests += 1;
      return `Bearer token-${requests > 4 ? Math.max(2, tokens) : 1}`;
    };
    guard(wanted, `Bearer realm="${service.url('/token')}",service="the registry"`);
    try {
      expect(outcomes(await pushTo('a/b:one', { mountFrom: ['c/d'] }))).toEqual(['uploaded', 'uploaded']);
      expect(tokens).toBeGreaterThan(1);
      const first = service.seen[0]!;
      expect(first.method).toBe(method);
      const asked =
        method === 'GET' ? new URL(first.url, 'http://x').searchParams : new URLSearchParams(bodies[0]);
      expect(asked.getAll('scope').join(' ')).toBe('repository:a/b:pull,push repository:c/d:pull');
    } finally {
      await service.stop();
    }
  });
});

describe('what a registry refuses', () => {
  const refuse = (method: string, path: string, status: number, body = '') => {
    registry.before = (request, response) => {
      if (request.method !== method || !request.url!.includes(path)) return false;
      response.writeHead(status).end(body);
      return true;
    };
  };

  test.each([
    [
      'a user',
      'POST',
      'uploads',
      403,
      told('DENIED', 'requested access is denied'),
      'RB_UNAUTHORIZED',
      'DENIED: requested access is denied',
    ],
    [
      'a name',
      'POST',
      'uploads',
      404,
      told('NAME_UNKNOWN', 'no such repository'),
      'RB_PUSH_REFUSED',
      'NAME_UNKNOWN: no such repository',
    ],
    [
      'to be written',
      'POST',
      'uploads',
      405,
      told('UNSUPPORTED', 'read-only'),
      'RB_PUSH_REFUSED',
      '405 Method Not Allowed: UNSUPPORTED: read-only',
    ],
    [
      'a large blob',
      'PUT',
      'uploads',
      413,
      '<html>too large</html>',
      'RB_PUSH_REFUSED',
      '413 Payload Too Large',
    ],
    [
      'a digest',
      'PUT',
      'uploads',
      400,
      told('DIGEST_INVALID', 'provided digest did not match'),
      'RB_DIGEST_MISMATCH',
      'DIGEST_INVALID',
    ],
    [
      'a manifest',
      'PUT',
      'manifests',
      400,
      told('MANIFEST_INVALID', 'no'),
      'RB_PUSH_REFUSED',
      'refuses the manifest of the image: 400 Bad Request: MANIFEST_INVALID: no',
    ],
    ['nonsense', 'PUT', 'manifests', 418, '{"errors":[null,{"code":7}]}', 'RB_PUSH_REFUSED', '418'],
    ['to be one', 'GET', '/v2/', 404, '', 'RB_PUSH_REFUSED', 'refuses to be spoken to: 404 Not Found'],
  ])('%s', async (_, method, path, status, body, code, message) => {
    refuse(method, path, status, body);
    const run = pushTo('a/b:one');
    await expect(run).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    await expect(run).rejects.toHaveProperty('hint', expect.any(String));
    expect(registry.manifests.size).toBe(0);
  });

  test('a blob of more than one chunk, in chunks as well', async () => {
    registry.before = (request, response, body) => {
      if (!['PUT', 'PATCH'].includes(request.method!) || body.length < 1 << 20) return false;
      response.writeHead(413).end(told('DENIED', 'quota exceeded'));
      return true;
    };
    await expect(pushTo('a/b:one', { compression: 'none' }, largeTree())).rejects.toMatchObject({
      code: 'RB_PUSH_REFUSED',
      message: expect.stringContaining('413 Payload Too Large: DENIED: quota exceeded'),
      hint: expect.stringContaining('quota'),
    });
    expect(asked('PATCH')).toHaveLength(1);
  });

  test('a manifest that the registry takes for another', async () => {
    registry.manifestHeaders = () => ({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` });
    await expect(pushTo('a/b:one')).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
  });

  test.each([[{}], [{ location: 'ftp://x/' }]])('an upload that goes nowhere: %j', async (headers) => {
    registry.before = (request, response) => {
      if (request.method !== 'POST') return false;
      response.writeHead(202, headers).end();
      return true;
    };
    await expect(pushTo('a/b:one')).rejects.toMatchObject({ code: 'RB_PUSH_REFUSED' });
  });

  test('nothing is asked offline, and nothing of what is no reference', async () => {
    await expect(pushTo('a/B:one')).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
    host = hostWith({ offline: true });
    await expect(pushTo('a/b:one')).rejects.toMatchObject({ code: 'RB_OFFLINE' });
    expect(server.seen).toEqual([]);
  });

  test('an interrupted push has no manifest', async () => {
    const controller = new AbortController();
    host = hostWith({ signal: controller.signal });
    registry.before = ({ method }) => {
      if (method === 'PUT') controller.abort();
      return false;
    };
    await expect(pushTo('a/b:one')).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
    expect(registry.manifests.size).toBe(0);
  });
});

describe('an image of this machine', () => {
  const pushFile = (path: string, reference = 'a/b:one') =>
    push(path, `${server.host}/${reference}`, {}, host);

  async function written(name: string): Promise<{ readonly path: string; readonly digest: string }> {
    const path = join(folder, name);
    const { imageDigest } = await writeRoot({ tree: tree(), epoch }, path, { name: 'v1' }, host);
    return { path, digest: imageDigest! };
  }

  test.each(['image.oci.tar', 'image.oci'])('%s is pushed as it is', async (name) => {
    const { path, digest } = await written(name);
    expect((await pushFile(path)).digest).toBe(digest);
    expect((await pushFile(`${path}:v1@${digest}`, 'c/d:one')).digest).toBe(digest);
    expect((await pushTo('e/f:one')).digest).toBe(digest);
    await expect(pushFile(`${path}:v2`)).rejects.toMatchObject({ code: 'RB_OCI_UNSUPPORTED' });
  });

  test('an index with its images, what is elsewhere, and what is no image', async () => {
    const { path, digest } = await written('image.oci');
    const put = (body: Buffer, mediaType: string) => {
      writeFileSync(join(path, 'blobs/sha256', sha256(body)), body);
      return { mediaType, digest: `sha256:${sha256(body)}`, size: body.length };
    };
    const own = readFileSync(join(path, 'blobs/sha256', digest.slice(7)));
    const config = put(json({ rootfs: { diff_ids: [] } }), TYPES.config);
    const attestation = put(Buffer.from('{}'), 'application/vnd.in-toto+json');
    const elsewhere = {
      mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar',
      digest: `sha256:${'1'.repeat(64)}`,
      size: 1,
    };
    const other = put(json({ schemaVersion: 2, config, layers: [attestation, elsewhere] }), TYPES.manifest);
    const manifests = [{ mediaType: TYPES.manifest, digest, size: own.length }, other];
    const index = put(json({ schemaVersion: 2, mediaType: TYPES.index, manifests }), TYPES.index);
    writeFileSync(join(path, 'index.json'), json({ schemaVersion: 2, manifests: [index] }));
    registry.blobs.set(`a/b ${elsewhere.digest}`, Buffer.from('x'));
    const pushed = await pushFile(path);
    expect(pushed.digest).toBe(index.digest);
    expect(pushed.blobs).toHaveLength(4);
    expect(registry.manifests.get('a/b one')!.type).toBe(TYPES.index);
    expect(registry.manifests.has(`a/b ${digest}`)).toBe(true);
    expect(registry.manifests.has(`a/b ${other.digest}`)).toBe(true);
  });

  test('what is damaged is not sent', async () => {
    const { path, digest } = await written('image.oci');
    const blobs = join(path, 'blobs/sha256');
    const { layers } = JSON.parse(readFileSync(join(blobs, digest.slice(7)), 'utf8'));
    const layer = join(blobs, layers[0].digest.slice(7));
    const bytes = readFileSync(layer);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(layer, bytes);
    await expect(pushFile(path)).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    writeFileSync(layer, bytes.subarray(1));
    await expect(pushFile(path)).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    rmSync(layer);
    await expect(pushFile(path)).rejects.toMatchObject({ code: 'RB_OCI_INVALID' });
    expect([...registry.blobs.values()].every((blob) => blob[0] === 0x7b)).toBe(true);
    expect(registry.manifests.size).toBe(0);
  });

  test('what is no image', async () => {
    await writeRoot({ tree: tree(), epoch }, join(folder, 'root.tar'), {}, host);
    await expect(pushFile(join(folder, 'root.tar'))).rejects.toMatchObject({ code: 'RB_OCI_INVALID' });
    const saved = new Tree(meta);
    saved.set('/manifest.json', fileEntry(textContent('[]'), meta));
    await writeRoot({ tree: saved, epoch }, join(folder, 'saved.tar'), {}, host);
    writeFileSync(join(folder, 'saved.tar.gz'), gzipSync(readFileSync(join(folder, 'saved.tar'))));
    for (const name of ['saved.tar', 'saved.tar.gz']) {
      await expect(pushFile(join(folder, name))).rejects.toMatchObject({
        code: 'RB_OCI_UNSUPPORTED',
        hint: expect.stringContaining('skopeo'),
      });
    }
    await expect(pushFile(join(folder, 'no.tar'))).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
  });
});
