import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ProgressEvent } from '../../src/events.ts';
import { Net, type NetOptions } from '../../src/net/net.ts';
import { discard } from '../../src/net/transport.ts';
import { Store } from '../../src/store/store.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

const body = Buffer.alloc(300_000, (() => Buffer.from(Array.from({ length: 251 }, (_, i) => i)))());
const sha256 = createHash('sha256').update(body).digest('hex');
const what = 'the thing';
const ETAG = '"one"';

let folder: string;
let server: Loopback;
let events: ProgressEvent[];
let controller: AbortController;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-net-'));
  server = await Loopback.start();
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

function netWith(options: NetOptions = {}, env: Record<string, string> = {}): Net {
  const still = { now: () => 0 };
  const made = testHost({ env: { HOME: folder, ...env }, cacheDirectory: join(folder, 'cache'), ...still });
  ({ events, controller } = made);
  const retries = { delay: 5, longest: 1500, ...options.retries };
  return new Net(made.host, { ...options, retries });
}

/** Files of the store; nothing may be left of what failed. */
function stored(): string[] {
  const directory = join(folder, 'cache/store');
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((name) => !name.startsWith('about/'));
}

const storedSizes = (): number[] => stored().map((name) => statSync(join(folder, 'cache/store', name)).size);

const whole: Answer = (_, response) => response.writeHead(200, { 'content-length': body.length }).end(body);

/** Serves ranges as RFC 9110 has it, with an ETag. */
const ranged: Answer = (request, response) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  const condition = request.headers['if-range'];
  if (Number.isNaN(start) || (condition !== undefined && condition !== ETAG)) {
    response.writeHead(200, { 'content-length': body.length, etag: ETAG }).end(body);
    return;
  }
  response
    .writeHead(206, {
      'content-length': body.length - start,
      'content-range': `bytes ${start}-${body.length - 1}/${body.length}`,
      etag: ETAG,
    })
    .end(body.subarray(start));
};

/** Begins the whole answer and breaks off after some bytes. */
const cutAfter =
  (length: number, headers: Record<string, string> = {}): Answer =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = start > 0 && { 'content-range': `bytes ${start}-${body.length - 1}/${body.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': body.length - start,
      ...range,
      ...headers,
    });
    response.write(body.subarray(start, start + length), () => response.destroy());
  };

const download = (net: Net, more: object = {}) =>
  net.download({ url: server.url('/x'), sha256, what, ...more });

describe('a download', () => {
  test('comes into the store once, with progress', async () => {
    server.answer = whole;
    const net = netWith();
    const blob = await download(net, { size: body.length });
    expect(readFileSync(blob.path).equals(body)).toBe(true);
    expect(await download(net)).toEqual(blob);
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ headers: { 'accept-encoding': 'identity' } });
    expect(events.map(({ type }) => type)).toEqual(['step-start', 'step-end']);
    const amount = { count: body.length, unit: 'bytes' };
    expect(events.at(-1)).toMatchObject({ outcome: 'done', amount, detail: '1 file' });
  });

  test('that is asked for many times at once is fetched once', async () => {
    server.answer = whole;
    const net = netWith();
    const blobs = await Promise.all(Array.from({ length: 5 }, () => download(net)));
    expect(new Set(blobs.map(({ path }) => path)).size).toBe(1);
    expect(server.seen).toHaveLength(1);
  });

  test('shares the line: six from one host at once, and one progress for all', async () => {
    const urls = Array.from({ length: 15 }, (_, index) => server.url(`/${index}`));
    const waiting: ServerResponse[] = [];
    let most = 0;
    server.answer = (_, response) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      if (waiting.length !== 6 && server.seen.length !== urls.length) return;
      // A seventh would come meanwhile.
      setTimeout(() => {
        for (const each of waiting.splice(0)) each.end();
      }, 20);
    };
    const net = netWith();
    await Promise.all(urls.map((url) => net.download({ url, what })));
    expect([server.seen.length, most]).toEqual([15, 6]);
    expect(events.filter(({ type }) => type === 'step-start')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'step-end', detail: '15 files' });
  });

  test('that is damaged in the store is fetched again', async () => {
    server.answer = whole;
    const { path } = await download(netWith());
    rmSync(path);
    writeFileSync(path, body.subarray(1));
    await download(netWith());
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(server.seen).toHaveLength(2);
  });

  test.each<[string, Answer, object, object]>([
    ['another file', (_, r) => r.end('no'), {}, { code: 'RB_DIGEST_MISMATCH' }],
    ['another size', whole, { size: 17 }, { code: 'RB_DIGEST_MISMATCH' }],
    [
      'another size, in chunks',
      (_, r) => r.write(body, () => r.end()),
      { size: 17 },
      { code: 'RB_DIGEST_MISMATCH' },
    ],
    ['less, in chunks', (_, r) => r.write('x', () => r.end()), { size: 17 }, { code: 'RB_DIGEST_MISMATCH' }],
    ['too much', whole, { limit: 1000 }, { code: 'RB_LIMIT_EXCEEDED' }],
    ['too much, in chunks', (_, r) => r.write(body), { limit: 1000 }, { code: 'RB_LIMIT_EXCEEDED' }],
    ['nothing of the kind', (_, r) => r.writeHead(404).end(), {}, { code: 'RB_NETWORK', status: 404 }],
    ['no permission', (_, r) => r.writeHead(403).end(), {}, { code: 'RB_UNAUTHORIZED' }],
    [
      'a range that nobody asked for',
      (_, r) => r.writeHead(206, { 'content-range': 'bytes 9-10/11' }).end('x'),
      {},
      { code: 'RB_NETWORK' },
    ],
    [
      'an unknown encoding',
      (_, r) => r.writeHead(200, { 'content-encoding': 'x-rot13' }).end(body),
      {},
      { code: 'RB_NETWORK' },
    ],
    ['no answer', (_, r) => r.destroy(), {}, { code: 'RB_NETWORK' }],
    ['no http', (_, r) => r.socket?.end('hello\r\n\r\n'), {}, { code: 'RB_NETWORK' }],
  ])('that is %s leaves nothing', async (_, answer, more, fault) => {
    server.answer = answer;
    await expect(download(netWith(), more)).rejects.toMatchObject(fault);
    expect(stored()).toEqual([]);
  });

  test('without a digest is fetched each time, and never put together from two versions', async () => {
    server.inTurn(cutAfter(100_000), whole);
    const net = netWith();
    const { sha256: first } = await net.download({ url: server.url('/x'), what });
    expect(first).toBe(sha256);
    expect(server.seen[1]?.headers.range).toBeUndefined();
    await net.download({ url: server.url('/x'), what });
    expect(server.seen).toHaveLength(3);
  });
});

describe('a download that breaks off', () => {
  test('goes on where it was, if the file is still the same', async () => {
    server.inTurn(cutAfter(100_000, { etag: ETAG }), cutAfter(100_000, { etag: ETAG }), ranged);
    const blob = await netWith().download({ url: server.url('/x'), what });
    expect(blob.sha256).toBe(sha256);
    expect(server.seen.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      ['bytes=100000-', ETAG],
      ['bytes=200000-', ETAG],
    ]);
  });

  test('begins anew when the file is another, or ranges are ignored', async () => {
    server.inTurn(cutAfter(100_000, { etag: '"old"' }), ranged);
    expect((await netWith().download({ url: server.url('/x'), what })).sha256).toBe(sha256);
    server.inTurn(cutAfter(100_000, { etag: ETAG }), whole);
    expect((await download(netWith())).size).toBe(body.length);
  });

  test('is fetched as a whole when the parts do not fit together', async () => {
    const other = Buffer.alloc(100_000, 'x');
    const wrongStart: Answer = (_, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(other, () => response.destroy());
    };
    server.inTurn(wrongStart, ranged);
    expect((await download(netWith())).sha256).toBe(sha256);
    expect(server.seen.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=100000-', undefined]);
  });

  test('is taken up by a later run', async () => {
    server.answer = cutAfter(100_000);
    await expect(download(netWith({ retries: { attempts: 1 } }))).rejects.toMatchObject({
      code: 'RB_NETWORK',
    });
    expect(stored()).toEqual([`partial/${sha256}`]);
    server.answer = ranged;
    await download(netWith());
    expect(server.seen.at(-1)?.headers.range).toBe('bytes=100000-');
    expect(stored()).toEqual([`blobs/sha256/${sha256.slice(0, 2)}/${sha256}`]);
  });

  test('is not given up while it comes further', async () => {
    server.answer = cutAfter(20_000);
    const blob = await download(netWith({ retries: { attempts: 2 } }));
    expect(blob.size).toBe(body.length);
    expect(server.seen).toHaveLength(15);
  });

  test('with a part that is longer than the file, begins anew', async () => {
    const store = Store.open(join(folder, 'cache/store'));
    const writer = store.writer({ sha256, what });
    writer.write(Buffer.concat([body, body]));
    writer.abandon({ keep: true });
    server.inTurn((_, response) => response.writeHead(416).end(), whole);
    expect((await download(netWith())).size).toBe(body.length);
  });

  test('leaves a part when it is interrupted', async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': body.length });
      response.write(body.subarray(0, 50_000), async () => {
        while (!storedSizes().includes(50_000)) await new Promise(setImmediate);
        controller.abort();
      });
    };
    await expect(download(netWith())).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
    expect(stored()).toEqual([`partial/${sha256}`]);
  });
});

describe('an encoding that nobody asked for', () => {
  const encoded = gzipSync(body);
  const encode: Answer = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(encoded);

  test('is taken away', async () => {
    server.answer = encode;
    expect((await netWith().download({ url: server.url('/x.json'), what })).sha256).toBe(sha256);
    expect(Buffer.from((await netWith().document({ url: server.url('/x'), what })).bytes).equals(body)).toBe(
      true,
    );
  });

  test('of a file that is itself compressed is no encoding', async () => {
    server.answer = encode;
    const url = server.url('/x.tar.gz');
    const { bytes } = await netWith().document({ url, what });
    expect(Buffer.from(bytes).equals(encoded)).toBe(true);
    const digest = createHash('sha256').update(encoded).digest('hex');
    expect((await netWith().download({ url, sha256: digest, what })).size).toBe(encoded.length);
  });

  test('is decided by the digest', async () => {
    server.answer = encode;
    expect((await netWith().download({ url: server.url('/x.gz'), sha256, what })).size).toBe(body.length);
    const digest = createHash('sha256').update(encoded).digest('hex');
    const size = encoded.length;
    expect((await netWith().download({ url: server.url('/x'), sha256: digest, size, what })).size).toBe(size);
    await expect(
      netWith().download({ url: server.url('/x'), sha256: '0'.repeat(64), what }),
    ).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
  });

  test('does not get around the limit', async () => {
    server.answer = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)));
    const limited = { url: server.url('/bomb'), what, limit: 1_000_000 };
    await expect(netWith().document(limited)).rejects.toMatchObject({ code: 'RB_LIMIT_EXCEEDED' });
    await expect(netWith().download(limited)).rejects.toMatchObject({ code: 'RB_LIMIT_EXCEEDED' });
    expect(stored()).toEqual([]);
  });

  test('that is broken is told as that', async () => {
    server.answer = (_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(encoded.subarray(0, 50));
    const net = netWith({ retries: { attempts: 2 } });
    await expect(net.document({ url: server.url('/x'), what })).rejects.toMatchObject({
      code: 'RB_NETWORK',
      message: expect.stringContaining('gzip'),
    });
  });
});

describe('a document', () => {
  test('tells where it came from and with which headers', async () => {
    server.inTurn(
      (_, response) => response.writeHead(302, { location: '/there?token=1' }).end(),
      (_, response) => response.writeHead(200, { 'x-here': 'yes' }).end('text'),
    );
    const { bytes, url, headers } = await netWith().document({
      url: server.url('/x'),
      what,
      accept: 'text/plain',
    });
    expect([Buffer.from(bytes).toString(), url, headers['x-here']]).toEqual([
      'text',
      server.url('/there?token=1'),
      'yes',
    ]);
    expect(server.seen[1]?.headers.accept).toBe('text/plain');
    expect(stored()).toEqual([]);
  });

  test('may not be larger than its limit', async () => {
    server.answer = whole;
    const request = { url: server.url('/x'), what, limit: 299_999 };
    await expect(netWith().document(request)).rejects.toMatchObject({
      code: 'RB_LIMIT_EXCEEDED',
      message: expect.stringContaining('299999'),
    });
    expect((await netWith().document({ ...request, limit: 300_000 })).bytes).toHaveLength(300_000);
  });

  test('that is pinned comes from the store', async () => {
    server.answer = whole;
    const request = { url: server.url('/x'), what, sha256 };
    expect((await netWith().document(request)).bytes).toHaveLength(body.length);
    expect((await netWith({ offline: true }).document(request)).bytes).toHaveLength(body.length);
    expect(server.seen).toHaveLength(1);
  });

  test('whose end is cut off is asked for again', async () => {
    server.inTurn(cutAfter(10), whole);
    expect((await netWith().document({ url: server.url('/x'), what })).bytes).toHaveLength(body.length);
  });
});

describe('retries', () => {
  test.each([408, 425, 429, 500, 502, 503, 504])('%d is tried again', async (status) => {
    server.inTurn(
      (_, response) => response.writeHead(status).end(),
      (_, response) => response.destroy(),
      whole,
    );
    await download(netWith());
    expect(server.seen).toHaveLength(3);
    const messages = events.filter((event) => event.type === 'message');
    expect(messages).toHaveLength(2);
    expect(messages[0]).toMatchObject({
      level: 'info',
      text: expect.stringMatching(/\/x: \d+ .*again in 0\.0 s$/),
    });
  });

  test.each([400, 401, 403, 404, 410, 501])('%d is not', async (status) => {
    server.answer = (_, response) => response.writeHead(status).end();
    await expect(download(netWith())).rejects.toMatchObject({ status });
    expect(server.seen).toHaveLength(1);
  });

  test('end after five attempts', async () => {
    server.answer = (_, response) => response.writeHead(503).end();
    await expect(download(netWith())).rejects.toMatchObject({ code: 'RB_NETWORK', exitCode: 3, status: 503 });
    expect(server.seen).toHaveLength(5);
  });

  test('wait as long as the server says, unless that is too long', async () => {
    const waits: string[] = [];
    server.inTurn((_, response) => response.writeHead(429, { 'retry-after': '1' }).end(), whole);
    await download(netWith());
    for (const event of events) if (event.type === 'message') waits.push(event.text);
    expect(waits).toEqual([expect.stringContaining('again in 1.0 s')]);
    server.answer = (_, response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    await expect(netWith().document({ url: server.url(), what })).rejects.toMatchObject({
      retryAfter: 3_600_000,
    });
    expect(server.seen).toHaveLength(3);
  });

  test('end at once when the run is aborted', async () => {
    server.answer = (_, response) => {
      response.writeHead(503).end();
      setTimeout(() => controller.abort(), 10);
    };
    const net = netWith({ retries: { delay: 60_000, longest: 60_000 } });
    await expect(download(net)).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
  });

  test('do not repeat what is not safe to repeat', async () => {
    server.answer = (_, response) => response.destroy();
    const net = netWith();
    const sent = Buffer.from('data');
    const post = { url: server.url(), what, body: { size: 4, open: () => [sent] } };
    await expect(net.request({ ...post, method: 'POST' })).rejects.toMatchObject({ code: 'RB_NETWORK' });
    expect(server.seen).toHaveLength(1);
    server.inTurn((_, response) => response.destroy(), whole);
    await net.request({ ...post, method: 'PUT' });
    expect(server.seen).toHaveLength(3);
  });
});

describe('timeouts', () => {
  const quick = { connect: 60_000, headers: 1000, stall: 1000 };

  test('a server that does not answer', async () => {
    server.answer = () => {};
    const net = netWith({ timeouts: quick, retries: { attempts: 2 } });
    await expect(download(net)).rejects.toMatchObject({
      code: 'RB_NETWORK',
      message: expect.stringContaining('no answer for 1 s'),
    });
    expect(server.seen).toHaveLength(2);
  });

  test('an answer that stalls is taken up again', async () => {
    server.inTurn((_, response) => {
      response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, 1000));
    }, ranged);
    await download(netWith({ timeouts: quick }));
    expect(server.seen.at(-1)?.headers.range).toBe('bytes=1000-');
  });

  test('a reader that takes its time is no stall', async () => {
    server.answer = whole;
    const response = await netWith({ timeouts: quick }).request({ url: server.url(), what });
    let size = 0;
    for await (const chunk of response.body) {
      if (size === 0) await new Promise((resolve) => setTimeout(resolve, 2500));
      size += chunk.length;
    }
    expect(size).toBe(body.length);
  });
});

describe('what is sent', () => {
  const quick = { connect: 60_000, headers: 2000, stall: 2000 };
  const sent = (chunks: () => AsyncIterable<Uint8Array>, size: number) =>
    netWith({ timeouts: quick, retries: { attempts: 1 } }).request({
      url: server.url(),
      what,
      method: 'POST',
      body: { size, open: chunks },
    });

  test('may take longer than an answer may', async () => {
    let received = 0;
    server.answer = async (request, response) => {
      for await (const part of request) received += (part as Buffer).length;
      response.writeHead(201).end();
    };
    async function* slow() {
      for (let at = 0; at < 8; at += 1) {
        await new Promise((resolve) => setTimeout(resolve, 300));
        yield new Uint8Array(1000);
      }
    }
    expect((await sent(slow, 8000)).status).toBe(201);
    expect(received).toBe(8000);
  });

  test('is given up when nobody takes it', async () => {
    server.answer = (request) => request.pause();
    async function* much() {
      for (let at = 0; at < 64; at += 1) yield new Uint8Array(1 << 20);
    }
    await expect(sent(much, 64 << 20)).rejects.toMatchObject({
      code: 'RB_NETWORK',
      message: expect.stringContaining('what is sent has stalled for 2 s'),
    });
  });

  test('work of several requests is done again as a whole', async () => {
    server.inTurn(
      (_, response) => response.end('1'),
      (_, response) => response.writeHead(503).end(),
      (_, response) => response.end('2'),
      (_, response) => response.end('3'),
    );
    const net = netWith({ retries: { attempts: 2, delay: 1 } });
    const once = () => net.once({ url: server.url(), what, method: 'POST' });
    await net.again(async () => {
      await discard(await once());
      await discard(await once());
    });
    expect(server.seen).toHaveLength(4);
  });
});

describe('offline', () => {
  test('only the store is asked', async () => {
    const net = netWith({ offline: true });
    const fault = { code: 'RB_OFFLINE', exitCode: 3, hint: expect.stringContaining('--offline') };
    await expect(download(net)).rejects.toMatchObject(fault);
    await expect(net.document({ url: server.url('/secret?token=1'), what })).rejects.toMatchObject({
      ...fault,
      message: expect.not.stringContaining('token'),
    });
    await expect(net.request({ url: server.url(), what })).rejects.toMatchObject(fault);
    expect(server.seen).toEqual([]);
    server.answer = whole;
    await download(netWith());
    expect((await download(netWith({ offline: true }))).size).toBe(body.length);
  });
});

describe('a request', () => {
  test('gives statuses back that it names', async () => {
    server.answer = (_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="x"' }).end('no');
    const response = await netWith().request({ url: server.url(), what, statuses: [401] });
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, 'Bearer realm="x"']);
    const parts: Uint8Array[] = [];
    for await (const part of response.body) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe('no');
  });

  test('sends a body', async () => {
    const got: Buffer[] = [];
    server.answer = async (request, response) => {
      for await (const part of request) got.push(part as Buffer);
      response.writeHead(201, { location: '/made' }).end();
    };
    const sent = [Buffer.from('ab'), Buffer.from('cd')];
    const response = await netWith().request({
      url: server.url('/upload'),
      method: 'PUT',
      headers: { 'Content-Type': 'text/plain' },
      body: { size: 4, open: () => sent },
      what,
    });
    expect([response.status, Buffer.concat(got).toString()]).toEqual([201, 'abcd']);
    expect(server.seen[0]).toMatchObject({
      method: 'PUT',
      headers: { 'content-length': '4', 'content-type': 'text/plain' },
    });
  });

  test.each(['ftp://x/y', 'file:///etc/passwd', 'nonsense', 'http://'])('of %s is refused', async (url) => {
    await expect(netWith().request({ url, what })).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
  });

  test('goes over a fetch that the host brings', async () => {
    server.inTurn(
      (_, response) => response.writeHead(302, { location: '/there' }).end(),
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body)),
    );
    const asked: string[] = [];
    const { host } = testHost({
      cacheDirectory: join(folder, 'cache'),
      fetch: (input, init) => {
        asked.push(String(input));
        return fetch(input, init);
      },
    });
    const blob = await new Net(host).download({ url: server.url('/x'), sha256, what });
    expect(blob.size).toBe(body.length);
    expect(asked).toEqual([server.url('/x'), server.url('/there')]);
  });
});
