import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Net } from '../../src/net/net.ts';
import { proxyFor } from '../../src/net/proxy.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { judge, oracle } from '../support/oracle.ts';

describe('the environment', () => {
  const proxied = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.href;

  test.each<[string, Record<string, string>, string | undefined]>([
    ['http://a.example/', {}, undefined],
    ['http://a.example/', { http_proxy: 'http://p:3128' }, 'http://p:3128/'],
    ['http://a.example/', { HTTP_PROXY: 'p:3128' }, 'http://p:3128/'],
    ['http://a.example/', { http_proxy: '', HTTP_PROXY: 'p:3128' }, undefined],
    ['https://a.example/', { http_proxy: 'p:3128' }, undefined],
    ['https://a.example/', { https_proxy: 'https://u:w@p' }, 'https://u:w@p/'],
    ['https://a.example/', { ALL_PROXY: 'p:1' }, 'http://p:1/'],
    ['https://a.example/', { ALL_PROXY: 'p:1', https_proxy: '' }, undefined],
  ])('%s with %o', (url, env, expected) => expect(proxied(url, env)).toBe(expected));

  test.each([
    ['http://a.example/', 'example', true],
    ['http://a.example/', '.example', true],
    ['http://a.example/', '*.example', true],
    ['http://example/', '.example', true],
    ['http://an.other/', 'example other', true],
    ['http://a.example/', 'x, A.Example ,y', true],
    ['http://bexample/', 'example', false],
    ['http://a.example/', 'b.example', false],
    ['http://a.example/', '*', true],
    ['http://a.example/', '', false],
    ['http://a.example/', 'a.example:80', true],
    ['https://a.example/', 'a.example:80', false],
    ['http://a.example:8080/', 'a.example:8080', true],
    ['http://127.0.0.1/', '127.0.0.1', true],
    ['http://10.1.2.3/', '10.0.0.0/8', true],
    ['http://11.1.2.3/', '10.0.0.0/8', false],
    ['http://10.1.2.3/', '10.0.0.0/99', false],
    ['http://a.example/', '10.0.0.0/8', false],
    ['http://1.10.0.1/', '10.0.0.1', false],
    ['http://[::1]/', '::1', true],
    ['http://[::1]:80/', '[::1]:80', true],
    ['http://[fd00::5]/', 'fd00::/8', true],
  ])('%s with no_proxy=%s', (url, no_proxy, isExcepted) => {
    expect(proxied(url, { all_proxy: 'p:1', no_proxy })).toBe(isExcepted ? undefined : 'http://p:1/');
  });

  test('a proxy of another kind is refused, without its password', () => {
    expect(() => proxied('http://a/', { http_proxy: 'socks5://u:secret@p:1' })).toThrow(
      expect.objectContaining({ code: 'RB_ARGUMENT', message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('a proxy', () => {
  let origin: Loopback;
  let proxy: Loopback;
  let tunnels: { readonly url: string; readonly authorization: string | undefined }[];

  beforeEach(async () => {
    origin = await Loopback.start();
    proxy = await Loopback.start();
    tunnels = [];
    origin.answer = (incoming, response) => response.end(`origin ${incoming.url}`);
    proxy.answer = (incoming, response) => {
      request(incoming.url!, { headers: incoming.headers }, (answer) => answer.pipe(response)).end();
    };
    tunnel(proxy.server);
  });
  afterEach(async () => {
    await proxy.stop();
    await origin.stop();
  });

  function tunnel(server: Server): void {
    server.on('connect', ({ url, headers }, socket) => {
      tunnels.push({ url: url!, authorization: headers['proxy-authorization'] });
      if (headers['proxy-authorization'] === undefined) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const [host, port] = url!.split(':') as [string, string];
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        upstream.pipe(socket).pipe(upstream);
      });
      for (const side of [socket, upstream]) side.on('error', () => {});
    });
  }

  const netWith = (env: Record<string, string>): Net =>
    new Net(testHost({ env, cacheDirectory: '/nonexistent' }).host, { retries: { attempts: 1 } });
  const get = async (net: Net, url: string): Promise<string> =>
    Buffer.from((await net.document({ url, what: 'the thing' })).bytes).toString();

  test('carries http by whole URLs, with its own credentials only', async () => {
    const net = netWith({ http_proxy: proxy.url().replace('//', '//ann:pw@') });
    expect(await get(net, origin.url('/x?y').replace('//', '//me:mine@'))).toBe('origin /x?y');
    const { url, headers } = proxy.seen[0]!;
    expect([url, headers.host]).toEqual([origin.url('/x?y'), origin.host]);
    expect(headers['proxy-authorization']).toBe(`Basic ${Buffer.from('ann:pw').toString('base64')}`);
    expect(headers.authorization).toBe(`Basic ${Buffer.from('me:mine').toString('base64')}`);
    expect(origin.seen).toHaveLength(1);
  });

  test('is left out for exceptions', async () => {
    const net = netWith({ http_proxy: proxy.url(), no_proxy: '127.0.0.0/8' });
    expect(await get(net, origin.url('/x'))).toBe('origin /x');
    expect(proxy.seen).toEqual([]);
  });

  test('that is not there, or wants a password, is named', async () => {
    const gone = netWith({ https_proxy: 'http://ann:secret@127.0.0.1:9' });
    await expect(get(gone, 'https://a.example/')).rejects.toMatchObject({
      code: 'RB_NETWORK',
      message: expect.stringMatching(/^(?!.*secret).*127\.0\.0\.1:9/),
    });
    const strict = netWith({ https_proxy: proxy.url() });
    await expect(get(strict, 'https://a.example/')).rejects.toMatchObject({
      code: 'RB_NETWORK',
      message: expect.stringContaining('407'),
    });
    expect(tunnels).toEqual([{ url: 'a.example:443', authorization: undefined }]);
  });

  oracle({ tools: ['openssl'] })('for https', () => {
    let secure: Loopback;
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'rb-proxy-'));
      const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      judge('openssl', [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        ...subject,
      ]);
      const options = { key: readFileSync(key), cert: readFileSync(cert) };
      secure = await Loopback.start((listener) => createTlsServer(options, listener) as unknown as Server);
      secure.answer = (incoming, response) => response.end(`secure ${incoming.url}`);
    });
    afterAll(async () => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      await secure.stop();
      rmSync(folder, { recursive: true });
    });

    const url = (path: string): string => `https://127.0.0.1:${secure.port}${path}`;
    const through = (): Net => netWith({ https_proxy: proxy.url().replace('//', '//ann:pw@') });

    test('tunnels, and uses a tunnel again', async () => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      const net = through();
      expect(await get(net, url('/x'))).toBe('secure /x');
      expect(await get(net, url('/y'))).toBe('secure /y');
      expect(tunnels).toEqual([
        { url: secure.host, authorization: `Basic ${Buffer.from('ann:pw').toString('base64')}` },
      ]);
      expect(secure.seen[0]?.headers['proxy-authorization']).toBeUndefined();
    });

    test('does not accept what no authority has signed, and does not try again', async () => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      const asked = secure.seen.length;
      const { host, events } = testHost({ env: {}, cacheDirectory: '/nonexistent' });
      await expect(get(new Net(host), url('/'))).rejects.toMatchObject({
        code: 'RB_NETWORK',
        hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      });
      await expect(get(through(), url('/'))).rejects.toMatchObject({
        hint: expect.stringContaining('authority'),
      });
      expect(events).toEqual([]);
      expect(secure.seen).toHaveLength(asked);
    });

    test('a redirect to http is refused', async () => {
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      secure.answer = (_, response) =>
        response.writeHead(302, { location: origin.url('/x?token=secret') }).end();
      await expect(get(netWith({}), url('/'))).rejects.toMatchObject({
        code: 'RB_NETWORK',
        message: expect.stringMatching(/^(?!.*secret).*redirect from https to http/),
      });
      expect(origin.seen).toEqual([]);
    });
  });
});
