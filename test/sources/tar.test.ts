import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import type { Host } from '../../src/host.ts';
import { Net } from '../../src/net/net.ts';
import { redactUrl } from '../../src/net/url.ts';
import { readTarSource } from '../../src/sources/tar.ts';
import { memorySink } from '../../src/tree/content.ts';
import { testHost } from '../support/host.ts';
import { meansOf } from '../support/means.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

const archive = gzipSync(tarBlocks([{ name: 'hello', body: 'x'.repeat(100_000) }]));
const sha256 = createHash('sha256').update(archive).digest('hex');
const wrong = '0'.repeat(64);

let cacheDirectory: string;

beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'rb-tar-cache-'));
});
afterEach(() => rmSync(cacheDirectory, { recursive: true }));

const read = (source: { tar: string; sha256?: string }, over: Partial<Host> = {}) => {
  const { host } = testHost({ cacheDirectory, ...over });
  const means = meansOf(host, new Net(host, { retries: { delay: 5 } }));
  return readTarSource(source, memorySink, means, 'base');
};

describe('a tar at a path', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-tar-source-'));
    path = join(folder, 'base.tar.gz');
    writeFileSync(path, archive);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('is read, and its digest told or checked', async () => {
    const { tree, sha256: actual } = await read({ tar: path });
    expect(actual).toBe(sha256);
    expect(tree.get('/hello')).toMatchObject({ origin: 'base', content: { size: 100_000 } });
    expect((await read({ tar: path, sha256: sha256.toUpperCase() })).sha256).toBe(sha256);
  });

  test('is refused when it is another, showing both digests', async () => {
    const error = await read({ tar: path, sha256: wrong }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RB_DIGEST_MISMATCH', exitCode: 4 });
    expect((error as Error).message).toContain(wrong);
    expect((error as Error).message).toContain(sha256);
    expect((error as Error).message).toContain(path);
  });

  test.each([
    ['cut off', archive.subarray(0, archive.length - 20)],
    ['no archive', Buffer.from('<html>404</html>')],
    ['followed by something', Buffer.concat([archive, Buffer.from('more')])],
  ])('is refused when it is %s, by its digest first', async (_, bytes) => {
    writeFileSync(path, bytes);
    await expect(read({ tar: path })).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    const actual = createHash('sha256').update(bytes).digest('hex');
    await expect(read({ tar: path, sha256 })).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
      message: expect.stringContaining(actual),
      cause: { code: 'RB_ARCHIVE_DAMAGED' },
    });
  });

  test('is refused when it is not there', async () => {
    await expect(read({ tar: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'RB_INPUT_NOT_FOUND',
    });
    await expect(read({ tar: folder })).rejects.toMatchObject({ code: 'RB_INPUT_UNREADABLE' });
  });
});

describe('a tar at a URL', () => {
  let server: Server;
  let answer: RequestListener;
  let url: string;

  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `127.0.0.1:${(server.address() as AddressInfo).port}/base.tar.gz`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  test('is read with its digest, credentials in a header', async () => {
    const seen: unknown[] = [];
    answer = (request, response) => {
      seen.push([request.url, request.headers.authorization]);
      response.end(archive);
    };
    const { tree } = await read({ tar: `http://me:p%40ss@${url}?v=1`, sha256 });
    expect(tree.get('/hello')?.type).toBe('file');
    expect(seen).toEqual([['/base.tar.gz?v=1', `Basic ${Buffer.from('me:p@ss').toString('base64')}`]]);
    expect(
      (await read({ tar: `http://${url}`, sha256 }, { offline: true })).tree.get('/hello'),
    ).toBeDefined();
  });

  test('needs its digest, which the error tells', async () => {
    answer = (_, response) => response.end(archive);
    const error = read({ tar: `http://${url}` });
    await expect(error).rejects.toMatchObject({ code: 'RB_ARGUMENT', hint: expect.stringContaining(sha256) });
  });

  test('is refused when it is another', async () => {
    answer = (_, response) => response.end('something else');
    await expect(read({ tar: `http://${url}`, sha256 })).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
    });
  });

  test.each<[string, RequestListener]>([
    ['is not found', (_, response) => response.writeHead(404).end()],
    [
      'breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': archive.length });
        response.write(archive.subarray(0, 50));
        setTimeout(() => response.destroy(), 20);
      },
    ],
    ['gives no answer', (_, response) => response.destroy()],
  ])('that %s is a network error without secrets', async (_, listener) => {
    answer = listener;
    const error = await read({ tar: `http://me:secret@${url}?token=secret`, sha256 }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RootlessBakeError);
    expect(error).toMatchObject({ code: 'RB_NETWORK', exitCode: 3 });
    expect(`${(error as Error).message} ${(error as RootlessBakeError).cause}`).not.toContain('secret');
  });

  test('stops when the run is aborted', async () => {
    const controller = new AbortController();
    answer = (_, response) => {
      response.write(archive.subarray(0, 50));
      setTimeout(() => controller.abort(), 20);
    };
    await expect(read({ tar: `http://${url}`, sha256 }, { signal: controller.signal })).rejects.toMatchObject(
      {
        code: 'RB_INTERRUPTED',
      },
    );
  });
});

test('a shown URL holds no secret', () => {
  expect(redactUrl('https://a:b@host:8443/x.tar?k=v#frag')).toBe('https://***@host:8443/x.tar?***');
  expect(redactUrl('https://host/x.tar')).toBe('https://host/x.tar');
  expect(redactUrl('http://a:b@ c')).toBe('a malformed URL');
});
