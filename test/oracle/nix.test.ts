import {
  cpSync,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { NixContent } from '../../src/cook/options.ts';
import { writeTar } from '../../src/formats/tar/index.ts';
import { Net } from '../../src/net/net.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { readNixClosure } from '../../src/sources/nix/index.ts';
import { type Pin, Pins } from '../../src/sources/pins.ts';
import { listStore } from '../../src/store/upkeep.ts';
import { readContent } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { type Description, describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';
import { meansOf } from '../support/means.ts';
import { nixKeyPair } from '../support/nix-cache.ts';
import { makeNixStore, type NixStore } from '../support/nix-store.ts';
import { judge, oracle } from '../support/oracle.ts';

const suite = oracle({ tools: ['nix', 'nix-store', 'busybox', 'getfattr', 'tar', 'chroot'], root: true });

suite('binary caches that Nix made', () => {
  let folder: string;
  let nix: NixStore;
  let server: Loopback;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rb-nix-oracle-'));
    nix = makeNixStore(join(folder, 'nix'));
    server = await Loopback.start();
    server.answer = ({ url = '' }, response) => {
      try {
        response.end(readFileSync(join(folder, 'nix', url)));
      } catch {
        response.statusCode = 404;
        response.end();
      }
    };
  });
  afterAll(async () => {
    await server?.stop();
    judge('chmod', ['-R', 'u+w', folder]);
    rmSync(folder, { recursive: true });
  });

  let runs = 0;
  const newHost = () => {
    runs += 1;
    const at = join(folder, `run-${runs}`);
    mkdirSync(at);
    return testHost({ storeDirectory: join(at, 'store'), temporaryDirectory: at, cacheDirectory: at });
  };

  /** What the real store holds at all paths of the closure. */
  function realStore(): Description {
    const found: Description = new Map();
    for (const path of [nix.tool, nix.busybox, nix.text]) {
      for (const [at, line] of describeFolder(nix.place(path)))
        found.set(at === '/' ? path : path + at, line);
    }
    return found;
  }

  /** In bytes, as Nix itself has written it into the cache. */
  function closureSize(): number {
    const sizes = [nix.tool, nix.busybox, nix.text].map((path) => {
      const file = join(nix.caches.xz, `${basename(path).split('-')[0]}.narinfo`);
      return Number(/^NarSize: (\d+)$/m.exec(readFileSync(file, 'utf8'))![1]);
    });
    return sizes.reduce((sum, size) => sum + size, 0);
  }

  function ourStore(tree: Tree): Description {
    return new Map([...describeTree(tree)].filter(([path]) => path.startsWith('/nix/store/')));
  }

  test.each(['xz', 'zstd', 'none'] as const)(
    '%s, over HTTP and as files: the closure is that of the real store',
    async (compression) => {
      const real = realStore();
      expect(real.size).toBeGreaterThan(15);
      for (const cache of [
        server.url(`/cache-${compression}`),
        `file://${nix.caches[compression]}`,
        nix.caches[compression],
      ]) {
        const means = sourceMeans(newHost().host);
        const { store } = means;
        const { tree, paths } = await readNixClosure(
          { paths: [nix.tool], cache, keys: [nix.publicKey] },
          means,
        );
        expect(differences(ourStore(tree), real)).toEqual([]);
        expect(paths.map(({ path }) => path)).toEqual([nix.tool, nix.busybox, nix.text].sort());
        for (const { path, narHash, narSize } of paths) {
          const blob = await store.get(narHash, narSize);
          expect(Buffer.compare(readContent(store.content(blob!)), nix.dump(path))).toBe(0);
        }
      }
    },
  );

  test('a program of the closure runs in the cooked root', async () => {
    const { host, events } = newHost();
    const content: NixContent = { nix: [nix.tool], cache: server.url('/cache-xz'), keys: [nix.publicKey] };
    const root = await cook({ base: { empty: true }, contents: [content], path: [`${nix.tool}/bin`] }, host);
    const target = join(folder, 'cooked');
    mkdirSync(target);
    await pipeline(Readable.from(writeTar(root.tree)), createWriteStream(`${target}.tar`));
    await root.dispose();
    judge('tar', ['-xpf', `${target}.tar`, '-C', target, '--same-owner']);
    const cooked = new Map([...describeFolder(target)].filter(([path]) => path.startsWith('/nix/store/')));
    expect(differences(cooked, realStore())).toEqual([]);
    const script = `. /etc/profile; tool ${nix.tool}/share/notes`;
    expect(judge('chroot', [target, `${nix.busybox}/bin/sh`, '-c', script])).toBe('the tool runs: notes\n');
    expect(events).toContainEqual({
      type: 'message',
      level: 'info',
      text: `${nix.tool}: with 2 more by reference, signed by oracle-1`,
    });
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'step-end',
        step: 'nix closures',
        detail: '3 store paths',
        amount: { count: closureSize(), unit: 'bytes' },
      }),
    );
  });

  test('names from a list of store paths, and the lock that they come to', async () => {
    const list = join(folder, 'store-paths');
    writeFileSync(list, [nix.text, nix.tool, nix.busybox].map((path) => `${path}\n`).join(''));
    judge('xz', ['-k', list]);
    const recipe = {
      paths: ['tool', 'busybox'],
      channel: `${list}.xz`,
      cache: nix.caches.xz,
      keys: [nix.publicKey],
    };
    const first = new Pins({ folder });
    const closure = await readNixClosure(recipe, sourceMeans(newHost().host, first));
    expect(closure.roots).toEqual([nix.tool, nix.busybox]);
    expect(differences(ourStore(closure.tree), realStore())).toEqual([]);
    const known = JSON.parse(JSON.stringify(await first.used())) as Pin[];
    for (const { url, sha256, size } of known[0]!.files) {
      const path = join(folder, url);
      expect(judge('sha256sum', [path]).slice(0, 64)).toBe(sha256);
      expect(statSync(path).size).toBe(size);
    }
    rmSync(`${list}.xz`);
    const locked = sourceMeans(newHost().host, new Pins({ known, folder }));
    const again = await readNixClosure(recipe, locked);
    expect(differences(ourStore(again.tree), realStore())).toEqual([]);
    await expect(readNixClosure(recipe, sourceMeans(newHost().host))).rejects.toMatchObject({
      code: 'RB_INPUT_NOT_FOUND',
    });
  });

  test('every tampering is refused, and nothing enters the store', async () => {
    const flip = (bytes: Buffer, at: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1;
      return copy;
    };
    for (const compression of ['xz', 'zstd', 'none'] as const) {
      const cache = join(folder, `tampered-${compression}`);
      const hash = nix.text.slice('/nix/store/'.length).slice(0, 32);
      const narInfo = `${hash}.narinfo`;
      const original = readFileSync(join(nix.caches[compression], narInfo), 'latin1');
      const archive = /^URL: (.*)$/m.exec(original)![1]!;
      const bytes = readFileSync(join(nix.caches[compression], archive));
      const text = (from: RegExp, to: string): [string, Buffer] => {
        expect(original).toMatch(from);
        return [narInfo, Buffer.from(original.replace(from, to), 'latin1')];
      };
      const swapped = compression === 'none' ? 'xz' : 'none';
      const attempts: [string, Buffer][] = [
        text(/^Sig: .*\n/m, ''),
        text(/^(Sig: .*)./m, '$1!'),
        text(/^(NarHash: .*)(..)(.)$/m, '$1$3$2'),
        text(/^NarSize: (\d+)/m, 'NarSize: 1$1'),
        text(/^FileSize: (\d+)/m, 'FileSize: 1$1'),
        text(/^(FileHash: .*)(..)(.)$/m, '$1$3$2'),
        text(/^References: /m, `References: ${nix.busybox.slice('/nix/store/'.length)} `),
        text(/^StorePath: .*$/m, `StorePath: ${nix.tool}`),
        text(/^Compression: .*$/m, `Compression: ${swapped}`),
        text(/^Compression: .*$/m, 'Compression: bzip2'),
        [narInfo, Buffer.from(original.slice(0, original.length / 2))],
        [archive, bytes.subarray(0, bytes.length - 1)],
        [archive, Buffer.concat([bytes, Buffer.alloc(8)])],
        ...[0, 13, 30, Math.floor(bytes.length / 2), bytes.length - 1].map((at): [string, Buffer] => [
          archive,
          flip(bytes, at),
        ]),
      ];
      cpSync(nix.caches[compression], cache, { recursive: true });
      for (const [name, wrong] of attempts) {
        const right = readFileSync(join(cache, name));
        expect(wrong).not.toEqual(right);
        writeFileSync(join(cache, name), wrong);
        const { host } = newHost();
        const means = meansOf(host, new Net(host, { retries: { attempts: 1 } }));
        const error: unknown = await readNixClosure(
          { paths: [nix.text], cache, keys: [nix.publicKey] },
          means,
        ).catch((thrown: unknown) => thrown);
        expect(error, `${compression} ${name}`).toMatchObject({
          code: expect.stringMatching(/^RB_(SIGNATURE_INVALID|DIGEST_MISMATCH|ARCHIVE_\w+)$/),
        });
        expect(listStore(means.store), `${compression} ${name}`).toEqual([]);
        writeFileSync(join(cache, name), right);
      }
      await readNixClosure({ paths: [nix.text], cache, keys: [nix.publicKey] }, sourceMeans(newHost().host));
    }
  });

  test('a wrong key, and none that is known, name the path and what was tried', async () => {
    const means = sourceMeans(newHost().host);
    const source = { paths: [nix.tool], cache: nix.caches.xz };
    const other = nixKeyPair('oracle-1').publicKey;
    await expect(readNixClosure({ ...source, keys: [other] }, means)).rejects.toMatchObject({
      code: 'RB_SIGNATURE_INVALID',
      message: expect.stringContaining(`${nix.tool} is signed by oracle-1, but the signature is wrong`),
    });
    await expect(readNixClosure(source, means)).rejects.toMatchObject({
      code: 'RB_SIGNATURE_INVALID',
      message: expect.stringMatching(/is signed by oracle-1 .*the keys tried: cache\.nixos\.org-1/),
    });
    expect([...listStore(means.store), ...readdirSync(join(folder, `run-${runs}`))]).toEqual([]);
  });
});
