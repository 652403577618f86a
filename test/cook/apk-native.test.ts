import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import { readText } from '../../src/cook/ledger/identities.ts';
import type { CookedRoot, CookOptions } from '../../src/cook/options.ts';
import { textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { makeRepository } from '../support/apk-repository.ts';
import { testHost } from '../support/host.ts';

const DIRECTORY = { typeflag: '5', mode: 0o755 };

/** Without scripts nothing but this process is needed: no proot, no root. */
describe('apk: native without scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-apk-native-'));
  const repository = join(folder, 'repository');
  let key: string;
  let server: Server;
  let url: string;
  /** Changes what the server sends, by path. */
  let tamper: (path: string, bytes: Buffer) => Buffer = (_, bytes) => bytes;
  const requests: string[] = [];

  beforeAll(async () => {
    const { keyName, publicKey } = makeRepository(repository, [
      {
        name: 'one',
        version: '1.0-r0',
        data: [
          { name: 'etc/', ...DIRECTORY },
          { name: 'etc/one.conf', body: 'one\n', mode: 0o640 },
          { name: 'usr/', ...DIRECTORY },
          { name: 'usr/one', body: 'x'.repeat(10_000), mode: 0o4755 },
          { name: 'usr/two', typeflag: '1', linkname: 'usr/one' },
        ],
      },
      {
        name: 'two',
        version: '2',
        data: [
          { name: 'usr/', ...DIRECTORY },
          { name: 'usr/one', body: 'mine' },
        ],
      },
      {
        name: 'scripted',
        version: '1-r0',
        scripts: { '.post-install': '#!/bin/sh\nexit 0\n' },
        data: [{ name: 'opt/', ...DIRECTORY }],
      },
    ]);
    key = join(folder, keyName);
    writeFileSync(key, publicKey);
    server = createServer((request, response) => {
      requests.push(request.url!);
      response.end(tamper(request.url!, readFileSync(join(repository, request.url!))));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** No proot runs on it. */
  function unableHost(cache: string): ReturnType<typeof testHost> {
    return testHost({
      env: { RB_PROOT: '/nonexistent' },
      temporaryDirectory: join(folder, 'tmp'),
      cacheDirectory: join(folder, cache),
    });
  }

  async function cooked(options: Partial<CookOptions>, cache = 'cache'): Promise<CookedRoot> {
    const { host } = unableHost(cache);
    const base = { tree: new Tree() };
    const all = {
      base,
      repositories: [repository],
      apkKeys: [key],
      packages: ['one'],
      apk: 'native',
      ...options,
    } as const;
    return cook(all, host);
  }

  it('puts files, links, modes and the database into the root', async () => {
    const root = await cooked({});
    const { tree } = root;
    expect(tree.get('/etc/one.conf')).toMatchObject({
      type: 'file',
      mode: 0o640,
      origin: 'package one-1.0-r0',
    });
    expect(tree.get('/usr/one')).toMatchObject({ mode: 0o4755, content: { size: 10_000 } });
    expect(tree.get('/usr/two')).toBe(tree.get('/usr/one'));
    expect(readText(tree, '/etc/apk/world')).toBe('one\n');
    expect(readText(tree, '/lib/apk/db/installed')).toMatch(
      /^P:one\nV:1\.0-r0\n[\s\S]*\nF:usr\nR:one\na:0:0:4755\n/m,
    );
    expect(root.packages).toEqual([{ name: 'one', version: '1.0-r0' }]);
    await root.dispose();
  });

  it('keeps a local file of /etc and puts its own beside it', async () => {
    const tree = new Tree();
    const meta = metadata({ mode: 0o600, origin: 'test' });
    tree.set(
      '/etc/one.conf',
      fileEntry(textContent('local\n'), meta),
      metadata({ mode: 0o755, origin: 'test' }),
    );
    const root = await cooked({ base: { tree } });
    expect(readText(tree, '/etc/one.conf')).toBe('local\n');
    expect(readText(tree, '/etc/one.conf.apk-new')).toBe('one\n');
    await root.dispose();
  });

  it('gives the same root over HTTP, and fetches packages once', async () => {
    const local = await cooked({});
    const first = await cooked({ repositories: [url] }, 'http');
    expect(first.sha256).toBe(local.sha256);
    requests.length = 0;
    const second = await cooked({ repositories: [url] }, 'http');
    expect(second.sha256).toBe(local.sha256);
    expect(requests).toEqual(['/x86_64/APKINDEX.tar.gz']);
    for (const root of [local, first, second]) await root.dispose();
  });

  it.each(['APKINDEX.tar.gz', 'one-1.0-r0.apk'])('refuses a tampered %s, which is not kept', async (name) => {
    tamper = (path, bytes) => {
      if (!path.endsWith(name)) return bytes;
      const changed = Buffer.from(bytes);
      changed[changed.length - 20]! ^= 1;
      return changed;
    };
    try {
      const code = expect.stringMatching(/^RB_(SIGNATURE_INVALID|ARCHIVE_DAMAGED)$/);
      await expect(cooked({ repositories: [url] }, name)).rejects.toMatchObject({ code });
    } finally {
      tamper = (_, bytes) => bytes;
    }
    requests.length = 0;
    await (await cooked({ repositories: [url] }, name)).dispose();
    expect(requests).toHaveLength(2);
  });

  it('refuses a repository whose key is not known', async () => {
    await expect(cooked({ apkKeys: [] })).rejects.toMatchObject({ code: 'RB_SIGNATURE_INVALID' });
  });

  it('refuses two packages with one path', async () => {
    await expect(cooked({ packages: ['one', 'two'] })).rejects.toMatchObject({ code: 'RB_TREE_CONFLICT' });
  });

  it('is taken by itself where no proot runs and no script needs it', async () => {
    const base = new Tree();
    const meta = metadata({ mode: 0o755, origin: 'test' });
    base.set('/sbin/apk', fileEntry(textContent(''), meta), meta);
    const { host, events } = unableHost('cache');
    const options = { base: { tree: base }, repositories: [repository], apkKeys: [key] };
    const root = await cook({ ...options, packages: ['one'] }, host);
    expect(readText(root.tree, '/etc/one.conf')).toBe('one\n');
    expect(events).toContainEqual(
      expect.objectContaining({ level: 'info', text: expect.stringContaining('no proot runs here') }),
    );
    await root.dispose();
    for (const needs of [{ packages: ['scripted'] }, { packages: ['one'], script: 'true' }]) {
      await expect(cook({ ...options, base: { tree: new Tree() }, ...needs }, host)).rejects.toMatchObject({
        code: 'RB_PROOT_UNAVAILABLE',
      });
    }
  });

  it('says what is missing', async () => {
    await expect(cooked({ packages: ['oen'] })).rejects.toMatchObject({
      code: 'RB_APK_FAILED',
      message: expect.stringContaining('oen: there is no such package; the recipe asks for it'),
      hint: 'oen: did you mean one?',
    });
  });
});
