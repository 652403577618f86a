/** Servers that lead elsewhere, break off or never end, under the whole product: credentials stay, nothing is trusted. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CookOptions } from '../../src/cook/options.ts';
import { cookIn } from '../support/cook-in.ts';
import { Loopback } from '../support/loopback.ts';
import { nar } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';
import { apkKeyPair, apkRepository } from '../support/small-apk.ts';
import { SmallRegistry } from '../support/small-registry.ts';
import { Tampering } from '../support/tampering.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const SECRET = 's3cr3t';
const BASIC = `Basic ${Buffer.from(`ann:${SECRET}`).toString('base64')}`;
const TAR = gzipSync(tarBlocks([{ name: 'hello', body: 'x'.repeat(100_000) }]), { level: 0 });
const TAR_SHA256 = createHash('sha256').update(TAR).digest('hex');
const apkKey = apkKeyPair('test@example.org-1.rsa.pub');
const nixKey = nixKeyPair('test-1');
const TOOL = `${'1'.repeat(32)}-tool-1.0`;

let folder: string;
let server: Loopback;
let elsewhere: Loopback;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-hostile-net-'));
  server = await Loopback.start();
  elsewhere = await Loopback.start();
});
afterEach(async () => {
  await server.stop();
  await elsewhere.stop();
  rmSync(folder, { recursive: true });
});

/** Answers with files by their paths. */
const filesAnswer =
  (files: ReadonlyMap<string, Buffer>): Answer =>
  ({ url = '' }, response) => {
    const file = files.get(url);
    response.writeHead(file ? 200 : 404).end(file);
  };

/** Refuses whoever is not Ann. */
const guarded =
  (answer: Answer): Answer =>
  (request, response) => {
    if (request.headers.authorization === BASIC) answer(request, response);
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
  };

/** A source: how it is asked for, and the whole of what its server answers. */
interface Site {
  readonly options: (host: string) => CookOptions;
  readonly answer: Answer;
  /** What is led to the other server. */
  readonly isLed: RegExp;
}

function registryAnswer(): Answer {
  const registry = new SmallRegistry();
  registry.tag('one', registry.indexed({ layers: [{ tar: [{ name: 'hello', body: 'world' }] }] }));
  return registry.answer('a/b');
}

const SITES: readonly (readonly [string, () => Site])[] = [
  [
    'a tar by URL',
    () => ({
      options: (host) => ({ base: { tar: `http://${host}/root.tar.gz`, sha256: TAR_SHA256 } }),
      answer: (_, response) => response.end(TAR),
      isLed: /./,
    }),
  ],
  [
    'a repository of apk',
    () => {
      const data = [
        { name: 'etc/', typeflag: '5' },
        { name: 'etc/one', body: 'one' },
      ];
      writeFileSync(join(folder, apkKey.name), apkKey.publicKey);
      return {
        options: (host) => ({
          base: { empty: true },
          apk: 'native',
          packages: ['one'],
          repositories: [`http://${host}`],
          apkKeys: [join(folder, apkKey.name)],
        }),
        answer: filesAnswer(apkRepository([{ name: 'one', version: '1', data }], apkKey)),
        isLed: /\.apk$|APKINDEX/,
      };
    },
  ],
  [
    'a cache of Nix',
    () => {
      const files = publish({ base: TOOL, nar: nar({ file: 'tool' }) }, nixKey);
      const contents = (host: string) => [{ nix: TOOL, cache: `http://${host}/`, keys: [nixKey.publicKey] }];
      return {
        options: (host) => ({ base: { empty: true }, contents: contents(host) }),
        answer: filesAnswer(new Map([...files].map(([path, file]) => [`/${path}`, file]))),
        isLed: /nar/,
      };
    },
  ],
  [
    'a registry',
    () => ({
      options: (host) => ({ base: { oci: `http://${host}/a/b:one` } }),
      answer: registryAnswer(),
      isLed: /blobs|manifests/,
    }),
  ],
];

/** Leads to the other server, which goes by another name and may be anybody's. */
const leading =
  ({ answer, isLed }: Site, status: number): Answer =>
  (request, response) => {
    const { url = '' } = request;
    if (!isLed.test(url)) answer(request, response);
    else
      response.writeHead(status, { location: `http://mallory:pw@localhost:${elsewhere.port}${url}` }).end();
  };

/** What only the first server may see, and the other has seen. */
function privateHeaders(): string[] {
  const names = elsewhere.seen.flatMap(({ headers }) => Object.keys(headers));
  return names.filter((name) => /authorization|cookie/.test(name));
}

describe.each(SITES)('%s that leads elsewhere', (name, make) => {
  test.each([301, 302, 303, 307, 308])('by %d: credentials stay where they belong', async (status) => {
    const site = make();
    server.answer = guarded(leading(site, status));
    elsewhere.answer = site.answer;
    const home = join(folder, 'home');
    mkdirSync(join(home, '.docker'), { recursive: true });
    if (name === 'a registry') {
      const auths = { [server.host]: { username: 'ann', password: SECRET } };
      writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths }));
    } else writeFileSync(join(home, '.netrc'), `machine 127.0.0.1 login ann password ${SECRET}\n`);
    const root = await cookIn(folder, site.options(server.host));
    await root.dispose();
    expect(elsewhere.seen.length).toBeGreaterThan(0);
    expect(privateHeaders()).toEqual([]);
    expect(filesWith(SECRET, join(folder, 'cache'))).toEqual([]);
  });
});

/** Registries are named without users; everything else may have one in its URL. */
describe.each(SITES.filter(([name]) => name !== 'a registry'))('%s with a user in its URL', (_, make) => {
  test('leads elsewhere without it, and tells it to nobody', async () => {
    const site = make();
    server.answer = guarded(leading(site, 302));
    elsewhere.answer = site.answer;
    const root = await cookIn(folder, site.options(`ann:${SECRET}@${server.host}`));
    await root.dispose();
    expect(elsewhere.seen.length).toBeGreaterThan(0);
    expect(privateHeaders()).toEqual([]);
    expect(filesWith(SECRET, join(folder, 'cache'))).toEqual([]);
    server.answer = (_, response) => response.writeHead(403).end();
    const error: unknown = await cookIn(
      join(folder, 'b'),
      site.options(`ann:${SECRET}@${server.host}`),
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RB_UNAUTHORIZED', hint: expect.any(String) });
    expect(String((error as Error).message)).not.toContain(SECRET);
  });
});

describe.each(SITES)('%s', (_, make) => {
  test.each<[string, (site: Site) => Answer, string]>([
    [
      'leads to itself for ever',
      () => (request, response) => response.writeHead(302, { location: request.url }).end(),
      'redirects',
    ],
    [
      'leads into the machine',
      () => (_request, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      'file:',
    ],
    [
      'leads nowhere',
      () => (_request, response) => response.writeHead(302, { location: 'http://' }).end(),
      'malformed',
    ],
    ['has trouble', () => (_request, response) => response.writeHead(500).end(), '500'],
    ['hangs up', () => (_request, response) => response.destroy(), ''],
    ['breaks off', (site) => broken(site), ''],
  ])('that %s', async (_name, answer, says) => {
    const site = make();
    const honest = () => {
      server.answer = site.answer;
    };
    const tampering = new Tampering(site.options(server.host), honest);
    const tamper = () => {
      server.answer = answer(site);
      return undefined;
    };
    await tampering.refuses(tamper, { code: 'RB_NETWORK', says, allows: halves(site) });
    tampering.remove();
  });
});

/** Sends the first half of everything, and hangs up. */
function broken({ answer }: Site): Answer {
  return (request, response) => {
    const end = response.end.bind(response);
    response.end = ((body?: Buffer) => {
      if (!Buffer.isBuffer(body)) return end(body);
      response.write(body.subarray(0, body.length >> 1), () => response.destroy());
      return response;
    }) as typeof response.end;
    response.setHeader('content-length', '1000000');
    answer(request, response);
  };
}

/** What may be kept of a transfer that broke off, to go on from: it is hashed again before it counts. */
function halves(site: Site): Buffer[] {
  return site.isLed.test('/') ? [TAR.subarray(0, TAR.length >> 1)] : [];
}

test('what broke off is taken up, but not believed', async () => {
  const ranged: Answer = ({ headers }, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${start}-${TAR.length - 1}/${TAR.length}` };
    response.writeHead(start > 0 ? 206 : 200, start > 0 ? range : {}).end(TAR.subarray(start));
  };
  const evil = Buffer.alloc(50_000, 'evil');
  const options: CookOptions = { base: { tar: server.url('/root'), sha256: TAR_SHA256 } };
  const tampering = new Tampering(options, () => {
    server.answer = ranged;
  });
  const tamper = () => {
    server.answer = (_, response) => {
      response.writeHead(200, { 'content-length': TAR.length });
      response.write(evil, () => response.destroy());
    };
    return undefined;
  };
  await tampering.refuses(tamper, { code: 'RB_NETWORK', allows: [evil] });
  expect(server.seen.filter(({ headers }) => headers.range === 'bytes=50000-').length).toBeGreaterThan(0);
  tampering.remove();
});

/** Files below a folder that hold a text. */
function filesWith(text: string, below: string): string[] {
  return readdirSync(below, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(text));
}
