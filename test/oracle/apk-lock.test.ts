import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { CookedRoot, CookOptions } from '../../src/cook/options.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { type Pin, Pins } from '../../src/sources/pins.ts';
import { ALPINE } from '../support/alpine-root.ts';
import { minirootfs } from '../support/apk-oracle.ts';
import { makeRepository } from '../support/apk-repository.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';

const REPOSITORY = join(ALPINE, 'apks');
const PACKAGES = ['doas', 'chrony'];
const MODES = ['native', 'proot'] as const;

const suite = oracle({ tools: ['proot'], files: [ALPINE] });

interface Outcome {
  readonly sha256: string;
  readonly packages: CookedRoot['packages'];
  readonly pins: Pin[];
  readonly events: ProgressEvent[];
}

interface Run {
  /** Name of the store's folder. */
  readonly store: string;
  readonly known?: readonly Pin[];
  readonly offline?: boolean;
  readonly options?: Partial<CookOptions>;
}

/** The same recipe by the real apk and in process, from a server that logs what it is asked for. */
suite('apk packages in a lock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-apk-lock-'));
  const requests: string[] = [];
  let tamper: (path: string, bytes: Buffer) => Buffer = (_, bytes) => bytes;
  let server: Server;
  let url: string;
  const first = new Map<string, Outcome>();

  beforeAll(async () => {
    server = createServer((request, response) => {
      requests.push(request.url!);
      const isOther = request.url!.startsWith('/other/');
      const path = isOther ? join(folder, request.url!) : join(REPOSITORY, request.url!);
      if (existsSync(path)) response.end(tamper(request.url!, readFileSync(path)));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const apk of MODES) first.set(apk, await cooked(apk, { store: apk }));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function cooked(apk: 'native' | 'proot', run: Run): Promise<Outcome> {
    requests.length = 0;
    const { host, events } = testHost({
      temporaryDirectory: join(folder, 'tmp'),
      cacheDirectory: join(folder, 'cache'),
      storeDirectory: join(folder, run.store),
      ...(run.offline && { offline: true }),
    });
    const means = sourceMeans(host, new Pins({ known: run.known ?? [], folder }));
    const base = { tar: minirootfs() };
    const options = { base, repositories: [url], packages: PACKAGES, apk, ...run.options };
    const root = await cook(options, host, means);
    await root.dispose();
    const pins = (await means.pins.used()).filter(({ kind }) => kind === 'apk');
    return { sha256: root.sha256, packages: root.packages, pins: JSON.parse(JSON.stringify(pins)), events };
  }

  it('holds the same, whoever installs them', () => {
    const [pin] = first.get('native')!.pins;
    expect(pin).toMatchObject({ kind: 'apk', name: 'packages', versions: { doas: expect.any(String) } });
    const steps = (pin!.value as { changes: { install: string }[] }).changes.map(({ install }) => install);
    expect(steps).toContain('chrony');
    expect(pin!.files).toHaveLength(steps.length);
    expect(pin!.files[0]).toMatchObject({ url: expect.stringContaining(`${url}/x86_64/`) });
    const [other] = first.get('proot')!.pins;
    expect(other!.key).toEqual(pin!.key);
    expect(other!.files).toEqual(pin!.files);
  });

  it('are the same root, whoever installs them', () => {
    expect(first.get('proot')!.sha256).toBe(first.get('native')!.sha256);
  });

  it.each(MODES)('come out of the store without a network: %s', async (apk) => {
    const { pins: known, sha256 } = first.get(apk)!;
    const again = await cooked(apk, { store: apk, known, offline: true });
    expect(again.sha256).toBe(sha256);
    expect(again.pins).toEqual(known);
    expect(requests).toEqual([]);
  });

  it.each(MODES)('are fetched without any index into an empty store: %s', async (apk) => {
    const { pins: known, sha256 } = first.get(apk)!;
    const again = await cooked(apk, { store: `${apk}-empty`, known });
    expect(again.sha256).toBe(sha256);
    expect([...requests].sort()).toEqual(known[0]!.files.map((file) => file.url.slice(url.length)).sort());
  });

  it.each(MODES)('are fetched once, index and packages, where nothing is locked: %s', async (apk) => {
    const { sha256 } = await cooked(apk, { store: `${apk}-once` });
    expect(sha256).toBe(first.get(apk)!.sha256);
    expect(new Set(requests).size).toBe(requests.length);
    await cooked(apk, { store: `${apk}-once` });
    expect(requests).toEqual(['/x86_64/APKINDEX.tar.gz']);
  });

  it.each(MODES)('with the index of the last time, offline without a lock: %s', async (apk) => {
    const { sha256, events } = await cooked(apk, { store: apk, offline: true });
    expect(sha256).toBe(first.get(apk)!.sha256);
    expect(events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('that of the last run with a network') }),
    );
  });

  it.each(MODES)('are refused when they are others: %s', async (apk) => {
    tamper = (path, bytes) => {
      if (!path.includes('doas-')) return bytes;
      const changed = Buffer.from(bytes);
      changed[changed.length - 20]! ^= 1;
      return changed;
    };
    try {
      const { pins: known } = first.get(apk)!;
      await expect(cooked(apk, { store: `${apk}-bad`, known })).rejects.toMatchObject({
        code: 'RB_DIGEST_MISMATCH',
      });
    } finally {
      tamper = (_, bytes) => bytes;
    }
  });

  it.each(MODES)('need a network when the store has nothing: %s', async (apk) => {
    const { pins: known } = first.get(apk)!;
    const attempt = cooked(apk, { store: `${apk}-none`, known, offline: true });
    await expect(attempt).rejects.toMatchObject({ code: 'RB_OFFLINE' });
    await expect(cooked(apk, { store: `${apk}-none`, offline: true })).rejects.toMatchObject({
      code: 'RB_OFFLINE',
    });
  });

  it.each(MODES)('of a folder are pinned by their digests: %s', async (apk) => {
    const options = { repositories: [REPOSITORY] };
    const local = await cooked(apk, { store: `${apk}-local`, options });
    expect(local.sha256).toBe(first.get(apk)!.sha256);
    expect(local.pins[0]!.files[0]!.url).toMatch(/^\.\..*\/apks\/x86_64\/.*\.apk$/);
    const again = await cooked(apk, { store: `${apk}-local`, known: local.pins, offline: true, options });
    expect(again.sha256).toBe(local.sha256);
    const [pin] = local.pins;
    const [file, ...others] = pin!.files;
    const wrong = [{ ...pin!, files: [{ ...file!, sha256: '0'.repeat(64) }, ...others] }];
    await expect(cooked(apk, { store: `${apk}-local`, known: wrong, options })).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
    });
  });

  it('that is damaged is refused', async () => {
    const [pin] = first.get('native')!.pins;
    const value = pin!.value as { changes: object[] };
    const damaged = [
      undefined,
      { ...value, changes: undefined },
      { ...value, architecture: '../..' },
      { ...value, changes: [{ ...value.changes[0], version: '/../../x' }, ...value.changes.slice(1)] },
      { ...value, changes: [{ ...value.changes[0], repository: 7 }, ...value.changes.slice(1)] },
      { ...value, changes: value.changes.slice(1) },
    ];
    for (const broken of damaged) {
      await expect(
        cooked('native', { store: 'native', known: [{ ...pin!, value: broken }] }),
      ).rejects.toMatchObject({ code: 'RB_LOCK_INVALID' });
    }
  });

  it('are pinned as well when apk chooses from what cannot be told apart, and fetches it itself', async () => {
    const [, version] = /^doas-(.*)\.apk$/.exec(
      readdirSync(join(REPOSITORY, 'x86_64')).find((name) => /^doas-\d/.test(name))!,
    )!;
    const doas = { name: 'doas', version: version!, data: [{ name: 'opt/', typeflag: '5', mode: 0o755 }] };
    const { keyName, publicKey } = makeRepository(join(folder, 'other'), [doas]);
    writeFileSync(join(folder, keyName), publicKey);
    const options = {
      repositories: [url, `${url}/other`],
      packages: ['doas'],
      prepare: `cp ${join(folder, keyName)} "$ROOTFS/etc/apk/keys/"`,
    };
    const alone = await cooked('proot', { store: 'alone', options });
    expect(alone.events).toContainEqual(
      expect.objectContaining({ text: expect.stringContaining('fetches its packages itself') }),
    );
    expect(alone.pins[0]!.versions).toEqual({ doas: version });
    const again = await cooked('proot', { store: 'alone', known: alone.pins, offline: true, options });
    expect(again.sha256).toBe(alone.sha256);
    expect(requests).toEqual([]);
  });

  it('does not hold for other packages', async () => {
    const { pins: known } = first.get('native')!;
    const options = { packages: ['doas'] };
    await cooked('native', { store: 'native', known, options });
    expect(requests).toContain('/x86_64/APKINDEX.tar.gz');
  });
});
