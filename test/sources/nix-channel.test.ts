import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Net } from '../../src/net/net.ts';
import type { SourceMeans } from '../../src/sources/means.ts';
import { channelLocation } from '../../src/sources/nix/channel-name.ts';
import { choosePath } from '../../src/sources/nix/choose.ts';
import { readNixClosure } from '../../src/sources/nix/index.ts';
import type { NixSystem } from '../../src/sources/nix/machine.ts';
import { StorePathList } from '../../src/sources/nix/store-path-list.ts';
import { Pins } from '../../src/sources/pins.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { meansOf } from '../support/means.ts';
import { nar } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';

/** A store path's base; the digit makes the hash. */
const base = (digit: string, name: string): string => `${digit.repeat(32)}-${name}`;
const listOf = (...bases: string[]) =>
  new StorePathList(bases.map((each) => `/nix/store/${each}\n`).join(''));

const LIST = [
  base('1', 'gawk-5.2.1'),
  base('2', 'gawk-5.2.1-man'),
  base('3', 'gawk-5.2.1-info'),
  base('4', 'gawk-with-extensions-5.2.1'),
  base('5', 'python3-3.11.9'),
  base('6', 'python3-3.12.3'),
  base('7', 'busybox'),
  base('8', 'fonts-1.0-lib'),
  base('9', 'fonts-1.0-bin'),
  base('a', 'openssl-3.0.13-bin'),
  base('b', 'openssl-3.0.13'),
  base('c', 'hello-2.12'),
  base('d', 'hello-2.12'),
  base('f', 'foo.bar-1.0'),
];

describe('words of a list of store paths', () => {
  const list = listOf(...LIST);

  test.each<[string, string[]]>([
    ['gawk', ['gawk-5.2.1']],
    ['gawk-5.2.1', ['gawk-5.2.1']],
    ['gawk.man', ['gawk-5.2.1-man']],
    ['gawk-5.2.1.man', ['gawk-5.2.1-man']],
    ['gawk-5.2.1-man', ['gawk-5.2.1-man']],
    ['gawk-with-extensions', ['gawk-with-extensions-5.2.1']],
    ['busybox', ['busybox']],
    ['openssl', ['openssl-3.0.13']],
    ['openssl.bin', ['openssl-3.0.13-bin']],
    ['fonts', ['fonts-1.0-lib', 'fonts-1.0-bin']],
    ['python3', ['python3-3.11.9', 'python3-3.12.3']],
    ['hello', ['hello-2.12', 'hello-2.12']],
    ['foo.bar', ['foo.bar-1.0']],
    ['gaw', []],
    ['gawk.doc', []],
    ['5.2.1', []],
    ['', []],
  ])('%s', (word, names) => {
    expect(list.find(word).map(({ name }) => name)).toEqual(names);
  });

  test('lines that are no store paths, and paths that come twice, do not count', () => {
    const text = `\n/nix/store/.links\r\n/nix/store/${LIST[0]}\r\n/nix/store/${LIST[0]}/bin\n${'/nix/store/'}${LIST[0]}\nx\n`;
    expect(new StorePathList(text).find('gawk')).toHaveLength(1);
    expect(new Set(new StorePathList(text).names())).toEqual(new Set(['gawk']));
  });

  test('channels of NixOS have their lists at one place', () => {
    expect(channelLocation('nixos-24.05')).toBe('https://channels.nixos.org/nixos-24.05/store-paths.xz');
    expect(channelLocation('/srv/nixos-24.05')).toBe('/srv/nixos-24.05');
  });
});

describe('the choice', () => {
  const systems: Record<string, NixSystem | undefined> = { c: 'x86_64-linux', d: 'aarch64-linux' };
  const choose = (word: string, system: NixSystem = 'x86_64-linux') =>
    choosePath(word, listOf(...LIST), 'the channel', system, async ({ hash }) => systems[hash[0]!]);

  test('is by system where builds for several have one name', async () => {
    expect((await choose('hello')).base).toBe(base('c', 'hello-2.12'));
    expect((await choose('hello', 'aarch64-linux')).base).toBe(base('d', 'hello-2.12'));
    await expect(choose('hello', 'i686-linux')).rejects.toMatchObject({
      code: 'RB_ARGUMENT',
      message: `hello may be any of these in the channel:\n  /nix/store/${base('c', 'hello-2.12')} (x86_64-linux)\n  /nix/store/${base('d', 'hello-2.12')} (aarch64-linux)`,
      hint: `name one of them in full: /nix/store/${base('c', 'hello-2.12')}`,
    });
  });

  test('between versions is the recipe’s', async () => {
    await expect(choose('python3')).rejects.toMatchObject({
      code: 'RB_ARGUMENT',
      message: 'python3 may be any of these in the channel:\n  python3-3.11.9\n  python3-3.12.3',
      hint: 'name one of them: python3-3.11.9',
    });
  });

  test('of what is not there suggests what is', async () => {
    await expect(choose('gwak')).rejects.toMatchObject({
      code: 'RB_INPUT_NOT_FOUND',
      message: 'the channel has no gwak',
      hint: 'did you mean "gawk"?',
    });
    await expect(choose('zzzzzzzz')).rejects.toMatchObject({
      hint: expect.stringContaining('search.nixos.org'),
    });
  });

  test('looks into no more than a few builds', async () => {
    const many = listOf(...[...'0123456789'].map((digit) => base(digit, 'many-1')));
    const never = () => Promise.reject(new Error('looked'));
    await expect(choosePath('many', many, 'c', 'x86_64-linux', never)).rejects.toMatchObject({
      code: 'RB_ARGUMENT',
    });
  });
});

describe('names from a channel', () => {
  const key = nixKeyPair('test-1');
  const keys = [key.publicKey];
  const elf = (machine: number): string => {
    const header = Buffer.alloc(64);
    header.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    header.writeUInt16LE(machine, 18);
    return header.toString('latin1');
  };
  const program = (machine: number): Buffer =>
    nar({
      folder: [
        [
          'bin',
          {
            folder: [
              ['a-script', { file: '#!/bin/sh\n' }],
              ['tool', { file: elf(machine) }],
            ],
          },
        ],
      ],
    });
  const [ARM, INTEL, GONE] = ['1', '2', '3'].map((digit) => base(digit, 'tool-1.0')) as [
    string,
    string,
    string,
  ];

  let server: Loopback;
  let folder: string;
  let files: Map<string, Buffer>;
  beforeAll(async () => {
    server = await Loopback.start();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-channel-'));
    files = new Map([
      ...publish({ base: ARM, nar: program(183) }, key),
      ...publish({ base: INTEL, nar: program(62) }, key),
      ['store-paths.gz', gzipSync([ARM, INTEL, GONE].map((each) => `/nix/store/${each}\n`).join(''))],
    ]);
    server.seen.length = 0;
    server.answer = ({ url = '' }, response) => {
      const found = files.get(url.slice(1));
      response.statusCode = found ? 200 : 404;
      response.end(found);
    };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function means(pins = new Pins({ folder }), store = 'store'): SourceMeans {
    const { host } = testHost({ storeDirectory: join(folder, store) });
    return meansOf(host, new Net(host, { retries: { attempts: 1 } }), pins);
  }
  const source = () => ({
    paths: ['tool'],
    channel: server.url('/store-paths.gz'),
    cache: server.url('/'),
    keys,
  });

  test('are those for the system, of what the cache has', async () => {
    expect((await readNixClosure(source(), means())).roots).toEqual([`/nix/store/${INTEL}`]);
    const arm = await readNixClosure({ ...source(), system: 'aarch64-linux' }, means());
    expect(arm.roots).toEqual([`/nix/store/${ARM}`]);
  });

  test('are pinned: a lock needs no channel, and no channel is asked twice in a run', async () => {
    const pins = new Pins({ folder });
    const by = means(pins);
    await Promise.all([readNixClosure(source(), by), readNixClosure(source(), by)]);
    expect(server.seen.filter(({ url }) => url === '/store-paths.gz')).toHaveLength(1);
    const [pin] = await pins.used();
    expect(pin).toMatchObject({
      name: 'tool',
      key: { paths: ['tool'], channel: server.url('/store-paths.gz'), system: 'x86_64-linux' },
      isFixed: false,
      versions: { tool: '1.0' },
    });
    files.delete('store-paths.gz');
    const again = await readNixClosure(source(), means(new Pins({ known: [pin!], folder }), 'other'));
    expect(again.roots).toEqual([`/nix/store/${INTEL}`]);
    await expect(readNixClosure(source(), means())).rejects.toMatchObject({ code: 'RB_NETWORK' });
  });

  test('need one; store paths beside them do not', async () => {
    const { channel: _, ...without } = source();
    await expect(readNixClosure(without, means())).rejects.toMatchObject({
      code: 'RB_ARGUMENT',
      message: '"tool" is no store path',
      hint: expect.stringContaining('channel'),
    });
    const path = join(folder, 'list');
    writeFileSync(path, `/nix/store/${INTEL}\n`);
    const both = await readNixClosure({ ...source(), paths: [ARM, 'tool'], channel: path }, means());
    expect(both.roots).toEqual([`/nix/store/${ARM}`, `/nix/store/${INTEL}`]);
    expect(both.paths).toHaveLength(2);
  });

  test('from a list that is damaged or too large are refused', async () => {
    files.set('store-paths.gz', files.get('store-paths.gz')!.subarray(0, 30));
    await expect(readNixClosure(source(), means())).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
    files.set('store-paths.gz', gzipSync(Buffer.alloc(300 << 20)));
    await expect(readNixClosure(source(), means())).rejects.toMatchObject({ code: 'RB_LIMIT_EXCEEDED' });
  });
});
