import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { registryCredentials } from '../../src/net/docker-config.ts';
import { Net } from '../../src/net/net.ts';
import { netrcEntry } from '../../src/net/netrc.ts';
import { redactUrl } from '../../src/net/url.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';

const what = 'the thing';
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-credentials-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string | object): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
  return path;
}

describe('.netrc', () => {
  const text = `
# machine commented login no password no
machine one.example login ann password s3cret # and more
machine two.example
  login "bob \\"the\\" builder"
  password "a b#c"
  account x
macdef init
machine three.example login macro password macro

machine four.example password only
machine one.example login second password second
default login anonymous password me@here
machine five.example login late password late`;

  test.each([
    ['one.example', 'ann', 's3cret'],
    ['ONE.example', 'ann', 's3cret'],
    ['two.example', 'bob "the" builder', 'a b#c'],
    ['three.example', 'anonymous', 'me@here'],
    ['four.example', '', 'only'],
    ['five.example', 'anonymous', 'me@here'],
    ['commented', 'anonymous', 'me@here'],
  ])('%s', (host, username, password) => {
    expect(netrcEntry(text, host)).toEqual({ username, password });
  });

  test('without an entry that fits', () => {
    expect(netrcEntry('machine a login b password c', 'x')).toBeUndefined();
    expect(netrcEntry('', 'x')).toBeUndefined();
    expect(netrcEntry('machine', 'x')).toBeUndefined();
    expect(netrcEntry('machine x', 'x')).toBeUndefined();
  });
});

describe('requests and redirects', () => {
  let here: Loopback;
  let there: Loopback;

  beforeEach(async () => {
    here = await Loopback.start();
    there = await Loopback.start();
    there.answer = (_, response) => response.end('there');
  });
  afterEach(async () => {
    await here.stop();
    await there.stop();
  });

  const get = (url: string, headers = {}, env: Record<string, string> = { HOME: folder }) =>
    new Net(testHost({ env, cacheDirectory: folder }).host, { retries: { attempts: 1 } }).document({
      url,
      what,
      headers,
    });
  const redirect = (location: string, status = 302): void => {
    here.answer = (_, response) => response.writeHead(status, { location }).end('moved');
  };

  test('send what the URL holds, then what .netrc holds', async () => {
    file('.netrc', 'machine 127.0.0.1 login net password rc');
    const named = file('named', 'machine 127.0.0.1 login other password one');
    await get(here.url());
    await get(here.url().replace('//', '//me:p%40ss%zz@'));
    await get(here.url(), {}, { HOME: folder, NETRC: named });
    await get(here.url(), { Authorization: 'Bearer own' });
    await get(here.url(), {}, { HOME: '/nonexistent' });
    expect(here.seen.map(({ headers }) => headers.authorization)).toEqual([
      basic('net', 'rc'),
      basic('me', 'p@ss%zz'),
      basic('other', 'one'),
      'Bearer own',
      undefined,
    ]);
  });

  test('keep credentials on their own origin only', async () => {
    const secrets = { Authorization: 'Bearer secret', Cookie: 'secret', 'X-Plain': 'yes' };
    here.inTurn(
      (_, response) => response.writeHead(301, { location: '/same' }).end(),
      (_, response) => response.writeHead(307, { location: there.url('/other') }).end(),
    );
    const { bytes } = await get(here.url(), secrets);
    expect(Buffer.from(bytes).toString()).toBe('there');
    expect(here.seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
    const { headers } = there.seen[0]!;
    expect([headers.authorization, headers.cookie, headers['x-plain']]).toEqual([
      undefined,
      undefined,
      'yes',
    ]);
    expect(headers.host).toBe(there.host);
  });

  test('do not come back with credentials, and take none from a redirect', async () => {
    there.answer = (_, response) => response.writeHead(302, { location: here.url('/end') }).end();
    here.inTurn(
      (_, response) => response.writeHead(302, { location: there.url().replace('//', '//their:own@') }).end(),
      (_, response) => response.end('end'),
    );
    await get(here.url().replace('//', '//me:secret@'));
    expect(there.seen[0]?.headers.authorization).toBeUndefined();
    expect(here.seen.map(({ headers }) => headers.authorization)).toEqual([basic('me', 'secret'), undefined]);
  });

  test.each([
    ['ftp://example.com/x', /redirect to a ftp: URL/],
    ['file:///etc/passwd', /redirect to a file: URL/],
    ['http://', /malformed/],
    ['/again', /more than 10 redirects/],
  ])('to %s are refused', async (location, message) => {
    redirect(location);
    await expect(get(here.url())).rejects.toMatchObject({
      code: 'RB_NETWORK',
      message: expect.stringMatching(message),
    });
    expect(here.seen).toHaveLength(location === '/again' ? 11 : 1);
  });

  test.each([
    [301, 'POST', 'GET'],
    [302, 'PUT', 'PUT'],
    [303, 'PUT', 'GET'],
    [307, 'POST', 'POST'],
    [308, 'PUT', 'PUT'],
    [303, 'HEAD', 'HEAD'],
  ])('%d of a %s is followed by a %s', async (status, method, followed) => {
    redirect(there.url('/x'), status);
    const { host } = testHost({ env: {}, cacheDirectory: folder });
    const hasBody = method !== 'HEAD';
    const open = () => [Buffer.from('ab')];
    const request = { url: here.url(), method, what, ...(hasBody && { body: { size: 2, open } }) };
    await new Net(host).request(request);
    expect(there.seen[0]?.method).toBe(followed);
    expect(there.seen[0]?.headers['content-length']).toBe(followed === method && hasBody ? '2' : undefined);
  });

  test('no error and no event tells a secret', async () => {
    const { host, events } = testHost({ env: { HOME: folder }, cacheDirectory: folder });
    const net = new Net(host, { retries: { attempts: 2, delay: 1 } });
    here.answer = (_, response) => response.writeHead(503, 'secret?').end('secret');
    const url = here.url('/x?token=secret#secret').replace('//', '//me:secret@');
    const failures = [
      await net
        .document({ url, what, headers: { authorization: 'secret' } })
        .catch((error: unknown) => error),
      await net
        .download({ url: url.replace(here.host, '127.0.0.1:9'), what })
        .catch((error: unknown) => error),
      await new Net(host, { offline: true }).download({ url, what }).catch((error: unknown) => error),
      await net.document({ url: 'http://me:secret@', what }).catch((error: unknown) => error),
    ];
    const texts = failures.map((failure) => {
      const { message, hint, cause } = failure as Error & { hint?: string };
      return JSON.stringify([message, hint, String(cause), { ...(failure as object) }]);
    });
    // What the server itself says is no secret of ours.
    for (const text of [...texts, JSON.stringify(events)]) {
      expect(text.replaceAll('503 secret?', '')).not.toMatch(/secret/);
    }
  });
});

describe('registries', () => {
  const ask = (registry: string, repository = 'library/alpine', more: Record<string, string> = {}) => {
    const env = { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, ...more };
    return registryCredentials(registry, repository, testHost({ env }).host);
  };
  const auth = (pair: string) => ({ auth: Buffer.from(pair).toString('base64') });

  function helper(name: string, script: string): void {
    chmodSync(file(`docker-credential-${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  }

  test('of docker login', async () => {
    file('.docker/config.json', {
      auths: {
        'https://index.docker.io/v1/': auth('hub:p:w'),
        'plain.example:5000': auth('ann:secret'),
        'https://old.example/v2/': auth('old:er'),
        'token.example': { identitytoken: 'tok', ...auth('ignored:') },
        'apart.example': { username: 'u', password: 'p' },
        'empty.example': {},
        'parts.example/team/app': auth('app:1'),
        'parts.example/team': auth('team:2'),
        'parts.example': auth('all:3'),
      },
    });
    expect(await ask('docker.io')).toEqual({ username: 'hub', password: 'p:w' });
    expect(await ask('registry-1.docker.io')).toEqual({ username: 'hub', password: 'p:w' });
    expect(await ask('plain.example:5000')).toEqual({ username: 'ann', password: 'secret' });
    expect(await ask('old.example')).toEqual({ username: 'old', password: 'er' });
    expect(await ask('token.example')).toEqual({ identityToken: 'tok' });
    expect(await ask('apart.example')).toEqual({ username: 'u', password: 'p' });
    for (const registry of ['empty.example', 'plain.example', 'example'])
      expect(await ask(registry)).toBeUndefined();
    expect(await ask('parts.example', 'team/app')).toMatchObject({ username: 'app' });
    expect(await ask('parts.example', 'team/other')).toMatchObject({ username: 'team' });
    expect(await ask('parts.example', 'else')).toMatchObject({ username: 'all' });
  });

  test('of the files of other tools first', async () => {
    file('.docker/config.json', { auths: { 'a.example': auth('docker:x'), 'b.example': auth('docker:x') } });
    file('run/containers/auth.json', { auths: { 'a.example': auth('podman:x') } });
    file('docker/config.json', { auths: { 'b.example': auth('elsewhere:x') } });
    const named = file('named.json', { auths: { 'a.example': auth('named:x') } });
    const runtime = { XDG_RUNTIME_DIR: join(folder, 'run') };
    expect(await ask('a.example')).toMatchObject({ username: 'docker' });
    expect(await ask('a.example', '', runtime)).toMatchObject({ username: 'podman' });
    expect(await ask('b.example', '', runtime)).toMatchObject({ username: 'docker' });
    expect(await ask('a.example', '', { ...runtime, REGISTRY_AUTH_FILE: named })).toMatchObject({
      username: 'named',
    });
    expect(await ask('b.example', '', { DOCKER_CONFIG: join(folder, 'docker') })).toMatchObject({
      username: 'elsewhere',
    });
  });

  test('of credential helpers', async () => {
    file('.docker/config.json', {
      auths: { 'stored.example': {} },
      credsStore: 'store',
      credHelpers: { 'own.example': 'own', 'none.example': 'none', 'broken.example': 'broken' },
    });
    helper(
      'store',
      'read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"$1-$server\\",\\"Secret\\":\\"s\\"}"',
    );
    helper('own', 'echo \'{"Username":"<token>","Secret":"tok"}\'');
    helper('none', 'echo "credentials not found in native keychain"; exit 1');
    helper('broken', 'echo secret; exit 3');
    expect(await ask('stored.example')).toEqual({ username: 'get-stored.example', password: 's' });
    expect(await ask('docker.io')).toMatchObject({ username: 'get-https://index.docker.io/v1/' });
    expect(await ask('own.example')).toEqual({ identityToken: 'tok' });
    expect(await ask('none.example')).toBeUndefined();
    await expect(ask('broken.example')).rejects.toMatchObject({
      code: 'RB_UNAUTHORIZED',
      message: expect.stringMatching(/^(?!.*secret).*exit code 3/),
    });
  });

  test.each([
    ['absent', /no such program/],
    ['../../bin/true', /no name of a helper/],
    ['-x', /no name of a helper/],
    ['chatty', /not the JSON/],
  ])('the helper %s gives nothing', async (name, message) => {
    helper('chatty', 'echo hello');
    file('.docker/config.json', { credsStore: name });
    await expect(ask('a.example')).rejects.toMatchObject({
      code: 'RB_UNAUTHORIZED',
      message: expect.stringMatching(message),
    });
  });

  test('a damaged file is told without its text', async () => {
    file('.docker/config.json', '{ "auths": secret');
    await expect(ask('a.example')).rejects.toMatchObject({
      code: 'RB_UNAUTHORIZED',
      message: expect.stringMatching(/^(?!.*secret).*config\.json/),
    });
  });
});

test('a shown URL holds no secret', () => {
  expect(redactUrl('https://a:b@host:8443/x.tar?k=v#frag')).toBe('https://***@host:8443/x.tar?***');
  expect(redactUrl('https://host/x.tar')).toBe('https://host/x.tar');
  expect(redactUrl('http://a:b@ c')).toBe('a malformed URL');
});
