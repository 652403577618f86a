import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Net } from '../../src/net/net.ts';
import type { SourceMeans } from '../../src/sources/means.ts';
import { type NixClosure, type NixSource, readNixClosure } from '../../src/sources/nix/index.ts';
import { type Pin, Pins } from '../../src/sources/pins.ts';
import { listStore } from '../../src/store/upkeep.ts';
import { readContent } from '../../src/tree/content.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { meansOf } from '../support/means.ts';
import { nar } from '../support/nar.ts';
import { nixKeyPair, publish } from '../support/nix-cache.ts';
import { sha256 } from '../support/small-image.ts';

const TOP = `${'1'.repeat(32)}-tool-1.0`;
const LIBRARY = `${'2'.repeat(32)}-library-2.0`;
const TOP_NAR = nar({
  folder: [
    ['bin', { folder: [['tool', { file: `#!/nix/store/${LIBRARY}\n`, executable: true }]] }],
    ['share', { link: `/nix/store/${LIBRARY}` }],
  ],
});
const LIBRARY_NAR = nar({ file: 'library '.repeat(2000) });

const key = nixKeyPair('test-1');
const keys = [key.publicKey];

let server: Loopback;
let folder: string;
let files: Map<string, Buffer>;

beforeAll(async () => {
  server = await Loopback.start();
});
afterAll(() => server.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-nix-'));
  const gzipped = gzipSync(TOP_NAR);
  files = new Map([
    ...publish(
      { base: TOP, nar: TOP_NAR, references: [TOP, LIBRARY], compression: 'gzip', file: gzipped },
      key,
    ),
    ...publish({ base: LIBRARY, nar: LIBRARY_NAR }, key),
  ]);
  server.seen.length = 0;
  server.answer = ({ url = '' }, response) => {
    const found = files.get(url.replace('/cache/', ''));
    response.statusCode = found ? 200 : 404;
    response.end(found);
  };
});
afterEach(() => rmSync(folder, { recursive: true }));

function means(offline = false, pins?: Pins, name = 'store'): SourceMeans {
  const { host } = testHost({ storeDirectory: join(folder, name) });
  return meansOf(host, new Net(host, { offline, retries: { attempts: 1 } }), pins);
}

const viaHttp = (source: Partial<NixSource> = {}, by = means()) =>
  readNixClosure({ paths: [TOP], cache: server.url('/cache'), keys, ...source }, by);

function inFolder(): string {
  const cache = join(folder, 'cache');
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(cache, name)), { recursive: true });
    writeFileSync(join(cache, name), bytes);
  }
  return cache;
}

const stored = () => listStore(means().store).map(({ kind, what }) => `${kind}: ${what}`);

function listing({ tree }: NixClosure): string[] {
  return [...tree.walk()].map(({ path, entry }) => {
    const holds = entry.type === 'file' ? readContent(entry.content).length : '';
    const { type, mode, uid, gid, mtime, origin } = entry;
    return `${path} ${type} ${mode.toString(8)} ${uid}:${gid} ${mtime} ${origin} ${holds}`.trim();
  });
}

const LISTING = [
  '/ directory 755 0:0 1000000000 nix',
  '/nix directory 755 0:0 1000000000 nix',
  '/nix/store directory 755 0:0 1000000000 nix',
  `/nix/store/${TOP} directory 555 0:0 1000000000 nix tool-1.0`,
  `/nix/store/${TOP}/bin directory 555 0:0 1000000000 nix tool-1.0`,
  `/nix/store/${TOP}/bin/tool file 555 0:0 1000000000 nix tool-1.0 58`,
  `/nix/store/${TOP}/share symlink 777 0:0 1000000000 nix tool-1.0`,
  `/nix/store/${LIBRARY} file 444 0:0 1000000000 nix library-2.0 16000`,
];

test('a closure over http, and again without the network', async () => {
  const closure = await viaHttp();
  expect(listing(closure)).toEqual(LISTING);
  expect(closure.paths).toMatchObject([
    {
      path: `/nix/store/${TOP}`,
      signedBy: 'test-1',
      references: [`/nix/store/${TOP}`, `/nix/store/${LIBRARY}`],
    },
    { path: `/nix/store/${LIBRARY}`, narSize: LIBRARY_NAR.length, references: [] },
  ]);
  const asked = server.seen.length;
  expect(asked).toBe(4);
  expect(listing(await viaHttp({}, means(true)))).toEqual(LISTING);
  expect(server.seen.length).toBe(asked);
});

test('by a file URL, and by path; a dangling blob of the store is fetched again', async () => {
  const cache = inFolder();
  expect(listing(await readNixClosure({ paths: [`/nix/store/${TOP}`], cache, keys }, means()))).toEqual(
    LISTING,
  );
  for (const { sha256 } of listStore(means().store)) means().store.drop(sha256);
  const again = await readNixClosure(
    { paths: [TOP, LIBRARY], cache: `file://${cache}?compression=xz`, keys },
    means(),
  );
  expect(listing(again)).toEqual(LISTING);
  expect(stored().sort()).toEqual([`nar: ${TOP}`, `nar: ${LIBRARY}`]);
});

test('what was kept counts only for the keys that signed it', async () => {
  await viaHttp();
  const other = nixKeyPair('other-1');
  await expect(viaHttp({ keys: [other.publicKey] })).rejects.toMatchObject({ code: 'RB_SIGNATURE_INVALID' });
  await expect(viaHttp({ keys: [other.publicKey] }, means(true))).rejects.toMatchObject({
    code: 'RB_OFFLINE',
  });
});

describe('nothing enters the store, by http or from a folder, from', () => {
  const top = (over: Record<string, string | undefined>, file = gzipSync(TOP_NAR)) =>
    publish({ base: TOP, nar: TOP_NAR, references: [TOP], compression: 'gzip', file, over }, key);
  const changed = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 0x40;
    return copy;
  };
  const url = `nar/${TOP.slice(0, 32)}.nar`;
  const withArchive = (bytes: Buffer) => new Map([...top({}), [url, bytes]]);
  const otherNar = nar({ file: 'other' });

  test.each<[string, string, () => Map<string, Buffer>]>([
    ['a path without signature', 'RB_SIGNATURE_INVALID', () => top({ Sig: undefined })],
    ['a path of another name', 'RB_SIGNATURE_INVALID', () => top({ StorePath: `/nix/store/${TOP}x` })],
    ['another digest', 'RB_SIGNATURE_INVALID', () => top({ NarHash: `sha256:${'0'.repeat(52)}` })],
    ['another size', 'RB_SIGNATURE_INVALID', () => top({ NarSize: '10' })],
    ['other references', 'RB_SIGNATURE_INVALID', () => top({ References: '' })],
    ['a changed archive', 'RB_DIGEST_MISMATCH', () => withArchive(changed(gzipSync(TOP_NAR), 60))],
    ['a FileSize that lies', 'RB_DIGEST_MISMATCH', () => top({ FileSize: '10' })],
    [
      'an archive that ends early',
      'RB_DIGEST_MISMATCH',
      () => withArchive(gzipSync(TOP_NAR).subarray(0, 90)),
    ],
    ['another archive, of a FileHash that fits', 'RB_DIGEST_MISMATCH', () => top({}, gzipSync(otherNar))],
    [
      'another archive, without FileHash',
      'RB_DIGEST_MISMATCH',
      () => top({ FileHash: undefined, FileSize: undefined }, gzipSync(otherNar)),
    ],
    ['a bomb', 'RB_DIGEST_MISMATCH', () => top({}, gzipSync(Buffer.alloc(8 << 20)))],
    ['damaged compression', 'RB_ARCHIVE_DAMAGED', () => top({}, gzipSync(TOP_NAR).subarray(0, 90))],
    ['another compression than it says', 'RB_ARCHIVE_DAMAGED', () => top({ Compression: 'xz' })],
    ['no compression, as it says', 'RB_DIGEST_MISMATCH', () => top({ Compression: 'none' })],
    ['bzip2', 'RB_ARCHIVE_UNSUPPORTED', () => top({ Compression: 'bzip2' })],
    [
      'an unnamed compression, which is bzip2',
      'RB_ARCHIVE_UNSUPPORTED',
      () => top({ Compression: undefined }),
    ],
    [
      'an archive at another kind of place',
      'RB_ARCHIVE_DAMAGED',
      () => top({ URL: 'file:///../etc/passwd' }),
    ],
    ['no narinfo', 'RB_INPUT_NOT_FOUND', () => new Map()],
    [
      'a page of a web server',
      'RB_ARCHIVE_DAMAGED',
      () => new Map([[`${TOP.slice(0, 32)}.narinfo`, Buffer.from('<html>\n')]]),
    ],
  ])('%s', async (_, code, made) => {
    files = made();
    await expect(viaHttp()).rejects.toMatchObject({ code });
    expect(stored()).toEqual([]);
    // What is wrong with a file that is compressed may be seen before its digest is known.
    const either =
      code === 'RB_DIGEST_MISMATCH' ? expect.stringMatching(/^RB_(DIGEST_MISMATCH|ARCHIVE_DAMAGED)$/) : code;
    await expect(readNixClosure({ paths: [TOP], cache: inFolder(), keys }, means())).rejects.toMatchObject({
      code: either,
    });
    expect(stored()).toEqual([]);
    expect(readdirSync(folder).includes('store') ? readdirSync(join(folder, 'store')) : []).not.toContain(
      'records',
    );
  });

  test('a signed archive that is no NAR: it is refused each time', async () => {
    const bad = nar({ folder: [['..', { file: 'escape' }]] });
    files = publish({ base: TOP, nar: bad }, key);
    for (const by of [means(), means()])
      await expect(viaHttp({}, by)).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
  });
});

test.each<[string, Partial<NixSource>]>([
  ['a cache of another kind', { cache: 's3://bucket' }],
  ['a file URL of another machine', { cache: 'file://elsewhere/cache' }],
  ['a path that is none', { paths: ['/nix/store/tool'] }],
  ['a key that is none', { keys: ['test-1:AAAA'] }],
])('%s is refused', async (_, source) => {
  await expect(viaHttp(source)).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
});

describe('a lock', () => {
  /** The pins of a run, as a lock file gives them back. */
  async function pinned(source: Partial<NixSource> = {}): Promise<Pin[]> {
    const by = means(false, new Pins({ folder }), 'first');
    await viaHttp(source, by);
    return JSON.parse(JSON.stringify(await by.pins.used())) as Pin[];
  }
  const locked = (known: readonly Pin[]) =>
    new Pins({
      known,
      folder,
      onUnknown: ({ name }) => {
        throw new Error(`unknown: ${name}`);
      },
    });

  test('has the closure and its archives, by URL, sha256 and size', async () => {
    const [pin, ...others] = await pinned();
    expect(others).toEqual([]);
    const gzipped = gzipSync(TOP_NAR);
    expect(pin).toEqual({
      kind: 'nix',
      name: 'tool-1.0',
      key: { paths: [`/nix/store/${TOP}`], cache: server.url('/cache/'), keys },
      isFixed: true,
      value: {
        roots: [`/nix/store/${TOP}`],
        paths: [
          {
            path: `/nix/store/${TOP}`,
            narHash: sha256(TOP_NAR),
            narSize: TOP_NAR.length,
            references: [`/nix/store/${TOP}`, `/nix/store/${LIBRARY}`],
            signedBy: 'test-1',
            url: `nar/${TOP.slice(0, 32)}.nar`,
            compression: 'gzip',
          },
          {
            path: `/nix/store/${LIBRARY}`,
            narHash: sha256(LIBRARY_NAR),
            narSize: LIBRARY_NAR.length,
            references: [],
            signedBy: 'test-1',
            url: `nar/${LIBRARY.slice(0, 32)}.nar`,
            compression: 'none',
          },
        ],
      },
      files: [
        {
          url: server.url(`/cache/nar/${TOP.slice(0, 32)}.nar`),
          sha256: sha256(gzipped),
          size: gzipped.length,
        },
        {
          url: server.url(`/cache/nar/${LIBRARY.slice(0, 32)}.nar`),
          sha256: sha256(LIBRARY_NAR),
          size: LIBRARY_NAR.length,
        },
      ],
      versions: { tool: '1.0' },
    });
  });

  test('answers offline from a warm store, and with an empty one asks for the archives alone', async () => {
    const known = await pinned();
    expect(listing(await viaHttp({}, means(true, locked(known), 'first')))).toEqual(LISTING);
    server.seen.length = 0;
    for (const name of files.keys()) if (name.endsWith('.narinfo')) files.delete(name);
    const closure = await viaHttp({}, means(false, locked(known), 'second'));
    expect(listing(closure)).toEqual(LISTING);
    expect(closure.roots).toEqual([`/nix/store/${TOP}`]);
    expect(server.seen.length).toBe(2);
  });

  test('with a folder: paths are relative to the recipe’s, and both may move', async () => {
    inFolder();
    const from = (at: string, pins: Pins, name: string) =>
      readNixClosure({ paths: [TOP], cache: join(at, 'cache'), keys }, means(true, pins, name));
    const first = new Pins({ folder });
    await from(folder, first, 'first');
    const known = await first.used();
    expect(known[0]).toMatchObject({
      key: { cache: 'cache' },
      files: [{ url: `cache/nar/${TOP.slice(0, 32)}.nar` }, {}],
    });
    const moved = join(folder, 'moved');
    mkdirSync(moved);
    renameSync(join(folder, 'cache'), join(moved, 'cache'));
    expect(listing(await from(moved, new Pins({ known, folder: moved }), 'second'))).toEqual(LISTING);
  });

  test('does not hold for other keys, paths and caches', async () => {
    const known = await pinned();
    const asked = (source: Partial<NixSource>) => viaHttp(source, means(false, locked(known)));
    await expect(asked({ keys: [...keys, nixKeyPair('other-1').publicKey] })).rejects.toThrow(
      'unknown: tool-1.0',
    );
    await expect(asked({ paths: [LIBRARY] })).rejects.toThrow('unknown: library-2.0');
    await expect(asked({ cache: join(folder, 'cache') })).rejects.toThrow('unknown: tool-1.0');
  });

  test('that is damaged is refused, and archives that are other than it says', async () => {
    const [pin] = await pinned();
    const { paths } = pin!.value as { paths: Record<string, unknown>[] };
    const value = (over: Record<string, unknown>) => ({
      roots: [`/nix/store/${TOP}`],
      paths: [{ ...paths[0], ...over }, paths[1]],
    });
    const damaged: Partial<Pin>[] = [
      { value: null },
      { value: { roots: [], paths: 1 } },
      { value: { roots: ['/nix/store/x'], paths } },
      { value: { roots: [], paths: [paths[0]] } },
      { files: [] },
      ...[
        { path: '/etc' },
        { path: TOP },
        { narHash: 'x' },
        { narSize: -1 },
        { references: 'x' },
        { references: ['/nix/store/x'] },
        { url: 1 },
      ].map((over) => ({ value: value(over) })),
    ];
    for (const over of damaged) {
      await expect(
        viaHttp({}, means(false, locked([{ ...pin!, ...over }]), 'second')),
        JSON.stringify(over),
      ).rejects.toMatchObject({ code: 'RB_LOCK_INVALID' });
    }
    const refused: [Partial<Pin>, string][] = [
      [{ value: value({ narHash: '0'.repeat(64) }) }, 'RB_DIGEST_MISMATCH'],
      [{ value: value({ url: '../secret' }) }, 'RB_NETWORK'],
      [{ value: value({ url: 'file:///etc/passwd' }) }, 'RB_ARCHIVE_DAMAGED'],
      [{ files: pin!.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) }, 'RB_DIGEST_MISMATCH'],
    ];
    for (const [over, code] of refused) {
      const found = viaHttp({}, means(false, locked([{ ...pin!, ...over }]), 'second'));
      await expect(found).rejects.toMatchObject({ code });
    }
    expect(listStore(means(false, undefined, 'second').store).map(({ what }) => what)).not.toContain(TOP);
  });
});
