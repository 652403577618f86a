import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { CookedRoot, DebianContent } from '../../src/cook/options.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { type Pin, Pins } from '../../src/sources/pins.ts';
import { readContent } from '../../src/tree/content.ts';
import { makeDeb, makeRepository, type RepositoryOptions } from '../support/debian-repository.ts';
import { GpgHome } from '../support/gpg.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { oracle } from '../support/oracle.ts';
import { flip, Tampering } from '../support/tampering.ts';

const TOOLS = ['dpkg-deb', 'apt-ftparchive', 'gpg', 'gpgconf', 'xz'];
const INRELEASE = 'dists/test/InRelease';
const INDEX = 'dists/test/main/binary-amd64/Packages';

oracle({ tools: TOOLS })('a repository of Debian packages', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rb-debian-'));
  const gpg = new GpgHome();
  let server: Loopback;
  let key: string;
  let keyring: string;
  let files: Map<string, Buffer>;

  beforeAll(async () => {
    key = gpg.makeKey('Archive <archive@example.org>', 'ed25519', 'never', { at: '20240101T000000' });
    keyring = join(folder, 'archive.gpg');
    writeFileSync(keyring, gpg.export([key]));
    makeDeb(folder, {
      name: 'tool',
      version: '1:2.0-1',
      architecture: 'amd64',
      fields: { Depends: 'library (>= 1.0), editor | vi, config' },
      files: { 'usr/bin/tool': 'tool', 'usr/share/doc/tool/copyright': 'free' },
      links: { 'usr/bin/t': 'tool' },
      scripts: { postinst: '#!/bin/sh\nexit 1\n', prerm: '#!/bin/sh\n' },
    });
    makeDeb(folder, { name: 'library', version: '1.0', files: { 'usr/lib/library.so': 'library' } });
    makeDeb(folder, { name: 'vi', files: { 'usr/bin/vi': 'vi' }, scripts: { preinst: '#!/bin/sh\n' } });
    makeDeb(folder, {
      name: 'config',
      fields: { Replaces: 'library (<< 2)' },
      files: { 'etc/config': 'config', 'usr/lib/library.so': 'the better library' },
    });
    makeDeb(folder, { name: 'rival', files: { 'usr/bin/tool': 'another tool' } });
    server = await Loopback.start();
    server.answer = ({ url = '' }, response) => {
      const file = files.get(decodeURIComponent(url).replace(/^\/(?:debian|20240101T000000Z)\//, ''));
      response.writeHead(file ? 200 : 404).end(file);
    };
  });
  afterAll(async () => {
    await server.stop();
    gpg.remove();
    rmSync(folder, { recursive: true });
  });
  beforeEach(() => {
    serve();
  });

  /** The repository as it should be; to lay it out takes a while. */
  let honest: ReadonlyMap<string, Buffer> | undefined;

  /** Sets what the server has: the repository, its InRelease signed by the key unless told. */
  function serve(
    options?: RepositoryOptions,
    sign = (text: string): Buffer => gpg.clearsign(text, [key]),
  ): void {
    server.seen.length = 0;
    const lay = (): Map<string, Buffer> => {
      const repository = makeRepository(folder, options);
      return new Map([...repository.files, [INRELEASE, sign(repository.release)]]);
    };
    if (options) files = lay();
    else {
      honest ??= lay();
      files = new Map(honest);
    }
  }

  const content = (over: Partial<DebianContent> = {}): DebianContent => ({
    debian: 'tool',
    release: 'test',
    mirror: server.url('/debian'),
    keyring,
    ...over,
  });

  const stores = mkdtempSync(join(tmpdir(), 'rb-debian-'));
  afterAll(() => rmSync(stores, { recursive: true }));

  /** Cooks the content alone, with a store of its own unless told. */
  async function cooked(
    over: Partial<DebianContent> = {},
    { known, store = mkdtempSync(join(stores, 's')), offline = false, time = Date.now() }: Run = {},
  ): Promise<Cooked> {
    const { host, events } = testHost({ storeDirectory: store, offline, time: () => time });
    const means = sourceMeans(host, new Pins({ ...(known && { known }), folder }));
    const root = await cook({ base: { empty: true }, contents: [content(over)] }, host, means);
    const pins = JSON.parse(JSON.stringify(await means.pins.used())) as Pin[];
    const messages = events.flatMap((event) =>
      event.type === 'message' ? [`${event.level}: ${event.text}`] : [],
    );
    return { root, paths: pathsOf(root), pins, messages, store };
  }

  test('packages come with what they need; each path tells its package', async () => {
    const { root, paths } = await cooked();
    expect(paths).toEqual([
      '/etc/config package config-1.0',
      '/usr/bin/t package tool-1:2.0-1',
      '/usr/bin/tool package tool-1:2.0-1',
      '/usr/bin/vi package vi-1.0',
      '/usr/lib/library.so package config-1.0',
      '/usr/share/doc/tool/copyright package tool-1:2.0-1',
    ]);
    const library = root.tree.get('/usr/lib/library.so');
    expect(library?.type === 'file' && Buffer.from(readContent(library.content)).toString()).toBe(
      'the better library',
    );
  });

  test('scripts are not run, which is said once', async () => {
    const { messages } = await cooked();
    expect(messages.filter((text) => text.includes('script'))).toEqual([
      'warning: maintainer scripts are not run: those of tool, vi',
    ]);
  });

  test('only what is asked for of packages, and of paths', async () => {
    expect((await cooked({ debian: ['vi', 'library'] })).paths).toHaveLength(2);
    expect((await cooked({ dependencies: false })).paths).toHaveLength(3);
    const { root, paths } = await cooked({ only: ['/usr/bin/t*', 'etc', 'usr/**/*.so'] });
    expect(paths.map((path) => path.split(' ')[0])).toEqual([
      '/etc/config',
      '/usr/bin/t',
      '/usr/bin/tool',
      '/usr/lib/library.so',
    ]);
    expect(root.tree.get('/usr')).toMatchObject({ type: 'directory', mode: 0o755 });
    await expect(cooked({ only: ['bin/tool'] })).rejects.toMatchObject({
      code: 'RB_INPUT_NOT_FOUND',
      message: 'only: "bin/tool" picks nothing of tool and what it needs',
      hint: 'did you mean usr/bin/tool or usr/share/doc/tool?',
    });
  });

  test('are pinned: with the lock and the store there need be no network and no keyring', async () => {
    const { root, pins, store } = await cooked();
    const debs = ['library_1.0_all', 'vi_1.0_all', 'config_1.0_all', 'tool_1%3a2.0-1_amd64'];
    expect(pins).toEqual([
      {
        kind: 'debian',
        name: 'tool',
        isFixed: false,
        key: {
          packages: ['tool'],
          release: 'test',
          location: server.url('/debian'),
          components: ['main'],
          architecture: 'amd64',
          dependencies: true,
          keyrings: ['archive.gpg'],
        },
        value: {
          packages: [
            { name: 'library', version: '1.0', architecture: 'all' },
            { name: 'vi', version: '1.0', architecture: 'all' },
            { name: 'config', version: '1.0', architecture: 'all' },
            { name: 'tool', version: '1:2.0-1', architecture: 'amd64' },
          ],
        },
        versions: { library: '1.0', vi: '1.0', config: '1.0', tool: '1:2.0-1' },
        files: debs.map((name) =>
          describeFile(
            server.url(`/debian/pool/${encodeURIComponent(name)}.deb`),
            join(folder, `${name}.deb`),
          ),
        ),
      },
    ]);
    files.clear();
    const again = await cooked({}, { known: pins, store, offline: true });
    expect([again.root.sha256, again.pins]).toEqual([root.sha256, pins]);
    serve();
    files.delete(INRELEASE);
    expect((await cooked({}, { known: pins })).root.sha256).toBe(root.sha256);
    expect(server.seen.map(({ url }) => decodeURIComponent(basename(url))).sort()).toEqual(
      debs.map((name) => `${name}.deb`).sort(),
    );
  });

  test('a lock of another shape is refused; one of another digest finds no such package', async () => {
    const { pins } = await cooked();
    const [pin] = pins;
    for (const value of [null, {}, { packages: 'x' }, { packages: [] }, { packages: [null, 1, {}, []] }]) {
      await expect(cooked({}, { known: [{ ...pin!, value }] })).rejects.toMatchObject({
        code: 'RB_LOCK_INVALID',
      });
    }
    const other = pin!.files.map((file) => ({ ...file, sha256: '0'.repeat(64) }));
    await expect(cooked({}, { known: [{ ...pin!, files: other }] })).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
    });
  });

  test('the index is found by its digest, by its name, and in any compression', async () => {
    for (const compressions of [['.xz', '.gz', ''], ['.gz'], ['']]) {
      serve({ compressions });
      expect((await cooked()).paths).toHaveLength(6);
      expect(basename(server.seen[1]!.url)).toBe(`Packages${compressions[0]}`);
    }
    serve({ fields: { 'Acquire-By-Hash': 'yes' } });
    expect((await cooked()).paths).toHaveLength(6);
    const byHash = server.seen.map(({ url }) => url).filter((url) => url.includes('by-hash'));
    expect(byHash).toEqual([
      expect.stringMatching(/^\/debian\/dists\/test\/main\/binary-amd64\/by-hash\/SHA256\/[0-9a-f]{64}$/),
    ]);
  });

  test('a second run asks for no index that has not changed', async () => {
    const { store } = await cooked();
    server.seen.length = 0;
    await cooked({}, { store });
    expect(server.seen.map(({ url }) => url)).toEqual([`/debian/${INRELEASE}`]);
  });

  test('two packages with different things at one path are an error, when neither replaces the other', async () => {
    await expect(cooked({ debian: ['tool', 'rival'] })).rejects.toMatchObject({
      code: 'RB_TREE_CONFLICT',
      message: '/usr/bin/tool: a file from package tool-1:2.0-1, and another file from package rival-1.0',
      hint: expect.stringContaining('only'),
    });
  });

  describe('of a snapshot', () => {
    const past = { fields: { 'Valid-Until': 'Sat, 06 Jan 2024 00:00:00 UTC' } };
    const snapshot = () => content({ mirror: server.url(''), snapshot: '20240101T000000Z' });

    test('has expired by intent, which is said', async () => {
      serve(past);
      const { paths, messages, pins } = await cooked(snapshot());
      expect([paths.length, pins[0]!.isFixed]).toEqual([6, true]);
      expect(messages[0]).toMatch(
        /InRelease of \S+\/20240101T000000Z test was valid until 2024-01-06: for a snapshot/,
      );
    });

    test('may be signed by a key that has expired since, but had not then', async () => {
      const old = gpg.makeKey('Old <old@example.org>', 'ed25519', 'seconds=86400', { at: '20240101T000000' });
      const ring = join(folder, 'old.gpg');
      writeFileSync(ring, gpg.export([old]));
      const at = (time: string) => (text: string) => gpg.clearsign(text, [old], { at: time });
      serve(past, at('20240101T120000'));
      expect((await cooked({ ...snapshot(), keyring: ring })).paths).toHaveLength(6);
      await expect(cooked({ keyring: ring })).rejects.toThrow(/the key expired on 2024-01-02/);
    });
  });

  describe('that was tampered with', () => {
    let stranger: string;
    let tampering: Tampering;
    const deb = 'pool/library_1.0_all.deb';

    beforeAll(() => {
      stranger = gpg.makeKey('Stranger <stranger@example.org>');
      tampering = new Tampering({ base: { empty: true }, contents: [content()] }, () => serve());
    });
    afterAll(() => tampering.remove());

    const change = (path: string, edit: (bytes: Buffer) => Buffer) => () => {
      files.set(path, edit(files.get(path)!));
      return undefined;
    };
    const reserve = (options: RepositoryOptions, sign?: (text: string) => Buffer) => () => {
      serve(options, sign);
      return undefined;
    };

    test.each([
      [
        'a byte of the signed text',
        (bytes: Buffer) => Buffer.from(bytes.toString().replace('Suite: s', 'Suite: t')),
      ],
      [
        'a byte of a digest',
        (bytes: Buffer) => Buffer.from(bytes.toString().replace(/SHA256:\n ./, 'SHA256:\n g')),
      ],
      ['a byte of the signature', (bytes: Buffer) => flip(bytes, 0.9)],
      ['no signature', (bytes: Buffer) => Buffer.from(bytes.toString().split('\n\n')[1]!)],
      ['an end too early', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
    ])('InRelease with %s', async (_, edit) => {
      await tampering.refuses(change(INRELEASE, edit), { code: 'RB_SIGNATURE_INVALID' });
    });

    test('InRelease by another key, of old algorithms, or expired', async () => {
      const refuses = (sign: (text: string) => Buffer, says: RegExp) =>
        tampering.refuses(reserve({}, sign), { code: 'RB_SIGNATURE_INVALID', says });
      await refuses((text) => gpg.clearsign(text, [stranger]), /does not have the key/);
      const weak = ['--digest-algo', 'SHA1'];
      await refuses((text) => gpg.clearsign(text, [key], { options: weak }), /\(2\) can be forged/);
      const short = ['--default-sig-expire', '1d'];
      await refuses(
        (text) => gpg.clearsign(text, [key], { options: short, at: '20250101T000000' }),
        /the signature expired on 2025-01-02/,
      );
    });

    test('Packages: each form of it, and a .deb', async () => {
      for (const part of [0, 0.5, 1]) {
        await tampering.refuses(
          change(`${INDEX}.xz`, (bytes) => flip(bytes, part)),
          { code: 'RB_DIGEST_MISMATCH' },
        );
        await tampering.refuses(
          change(deb, (bytes) => flip(bytes, part)),
          { code: 'RB_DIGEST_MISMATCH' },
        );
      }
      const longer = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('\n')]);
      await tampering.refuses(change(deb, longer), { code: 'RB_DIGEST_MISMATCH' });
      await tampering.refuses(
        change(deb, (bytes) => bytes.subarray(1)),
        { code: 'RB_DIGEST_MISMATCH' },
      );
    });

    test('sizes that lie', async () => {
      const edit = (text: string) => text.replace(/^Size: \d+$/m, 'Size: 7');
      await tampering.refuses(reserve({ edit }), { code: 'RB_DIGEST_MISMATCH', allows: 'signed' });
      const sign = (text: string) =>
        gpg.clearsign(text.replace(/^( [0-9a-f]{64}) +\d+ (.*Packages\.xz)$/m, '$1 7 $2'), [key]);
      await tampering.refuses(reserve({}, sign), { code: 'RB_DIGEST_MISMATCH', allows: 'signed' });
    });

    test('a package of another name, and paths that leave the repository', async () => {
      const renamed = (text: string) => text.replace('Package: vi', 'Package: editor');
      await tampering.refuses(reserve({ edit: renamed }), {
        code: 'RB_ARCHIVE_DAMAGED',
        says: 'package editor-1.0 is vi-1.0',
        allows: 'signed',
      });
      const elsewhere = (text: string) => text.replace('Filename: pool/l', 'Filename: ../pool/l');
      await tampering.refuses(reserve({ edit: elsewhere }), { code: 'RB_ARCHIVE_DAMAGED', allows: 'signed' });
    });

    test('releases that have expired, are of the future, or are others', async () => {
      const until = { 'Valid-Until': 'Sat, 06 Jan 2024 00:00:00 UTC' };
      const refused = (options: RepositoryOptions, says: string) =>
        tampering.refuses(reserve(options), { code: 'RB_RELEASE_INVALID', says });
      await refused({ fields: until }, 'valid until 2024-01-06');
      await expect(cooked({}, { time: Date.UTC(2020, 0, 1) })).rejects.toMatchObject({
        code: 'RB_SIGNATURE_INVALID',
      });
      serve();
      files = new Map([...files].map(([path, bytes]) => [path.replace('/test/', '/other/'), bytes]));
      await expect(cooked({ release: 'other' })).rejects.toMatchObject({
        code: 'RB_RELEASE_INVALID',
        message: expect.stringContaining('is that of test (stable)'),
      });
      files = new Map([...files].map(([path, bytes]) => [path.replace('/other/', '/stable/'), bytes]));
      expect((await cooked({ release: 'stable' })).paths).toHaveLength(6);
    });
  });

  test('what is not there is said', async () => {
    const refused = async (over: Partial<DebianContent>) => {
      const error = await cooked(over).catch((reason: unknown) => reason);
      const { code, message, hint } = error as { code: string; message: string; hint: string };
      return `${code}: ${message} (${hint})`.replaceAll(server.url(''), 'URL');
    };
    expect(await refused({ components: ['non-free'] })).toContain('has no component non-free, only main');
    expect(await refused({ arch: 'arm64' })).toContain('has no architecture arm64, only amd64');
    expect(await refused({ debian: 'tol' })).toContain(
      'there is no Debian package tol (did you mean "tool"?)',
    );
    expect(await refused({ release: 'gone' })).toMatch(/^RB_NETWORK: .*404/);
    expect(await refused({ keyring: join(folder, 'none.gpg') })).toContain('RB_INPUT_NOT_FOUND');
    expect(await refused({ keyring: join(folder, 'library_1.0_all.deb') })).toContain('RB_SIGNATURE_INVALID');
    expect(await refused({ mirror: 'ftp://example.org/debian' })).toContain('RB_ARGUMENT');
    expect(await refused({ snapshot: 'yesterday' })).toContain('RB_ARGUMENT');
  });
});

interface Run {
  readonly known?: readonly Pin[];
  readonly store?: string;
  readonly offline?: boolean;
  /** Milliseconds since 1970. */
  readonly time?: number;
}

interface Cooked {
  readonly root: CookedRoot;
  /** With their origins; directories left out. */
  readonly paths: readonly string[];
  readonly pins: readonly Pin[];
  readonly messages: readonly string[];
  readonly store: string;
}

function pathsOf({ tree }: CookedRoot): string[] {
  return [...tree.walk()]
    .filter(({ entry }) => entry.type !== 'directory')
    .map(({ path, entry }) => `${path} ${entry.origin}`);
}

function describeFile(url: string, path: string): { url: string; sha256: string; size: number } {
  const bytes = readFileSync(path);
  return { url, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}
