import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatLock } from '../../src/build/lock-file.ts';
import { bake, type CakeRecipe, type PlannedCake, type PlanRun, plan } from '../../src/index.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { nixRequest } from '../../src/sources/nix/index.ts';
import type { Pin } from '../../src/sources/pins.ts';
import { Store } from '../../src/store/store.ts';
import { installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-plan-'));
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files/motd'), 'welcome\n');
  writeFileSync(join(folder, 'root.tar'), Buffer.alloc(10_240));
});
afterEach(() => rmSync(folder, { recursive: true }));

const store = (): Store => Store.open(join(folder, 'cache/store'));

/** Plans where nothing can be asked. */
async function planned(
  cook: CakeRecipe['cook'],
  bakePart?: CakeRecipe['bake'],
  run: PlanRun = {},
): Promise<PlannedCake> {
  const recipe: CakeRecipe = { name: 'planned', cook, ...(bakePart && { bake: bakePart }) };
  return await plan(recipe, {
    env: {},
    cacheDirectory: join(folder, 'cache'),
    temporaryDirectory: join(folder, 'no such folder'),
    output: join(folder, 'planned.img'),
    fetch: () => Promise.reject(new Error('a plan asks nobody')),
    ...run,
  });
}

const DEB = {
  url: 'http://deb.example/pool/gawk.deb',
  sha256: 'ab'.repeat(32),
  size: 1000,
};

function lock(...inputs: Pin[]): string {
  const path = join(folder, 'cake.lock');
  writeFileSync(path, formatLock({ name: 'planned', inputs, local: {} }));
  return path;
}

function debPin(name: string, file = DEB): Pin {
  const value = { packages: [{ name, version: '1.0-1', architecture: 'amd64' }] };
  return {
    kind: 'deb',
    name,
    key: { deb: name },
    isFixed: true,
    versions: { [name]: '1.0-1' },
    value,
    files: [file],
  };
}

describe('without a lock', () => {
  it('names what only a look-up can tell, and who would be asked', async () => {
    const { inputs, totals } = await planned({
      base: { oci: 'docker.io/library/debian:12' },
      packages: ['openrc'],
      repositories: ['https://me:secret@mirror.example/v3.19/main'],
      contents: [
        { debian: ['gawk', 'sed'], release: 'bookworm', mirror: 'https://me:secret@deb.example/debian' },
        { nix: 'gawk', channel: 'nixos-24.05' },
        { deb: 'gawk' },
      ],
    });
    expect(inputs).toEqual([
      {
        place: 'cook.base',
        kind: 'oci',
        name: 'docker.io/library/debian:12',
        from: 'docker.io/library/debian:12',
        files: [],
      },
      {
        place: 'cook.contents[0]',
        kind: 'debian',
        name: 'gawk sed',
        from: 'https://deb.example/debian bookworm',
        files: [],
      },
      { place: 'cook.contents[1]', kind: 'nix', name: 'gawk', from: 'https://cache.nixos.org/', files: [] },
      { place: 'cook.contents[2]', kind: 'deb', name: 'gawk', from: "this machine's apt", files: [] },
      {
        place: 'cook.packages',
        kind: 'apk',
        name: 'packages',
        from: expect.not.stringContaining('secret'),
        files: [],
      },
    ]);
    expect(totals).toMatchObject({ lookUps: 5, fetch: { files: 0 }, cached: { files: 0 } });
  });

  it('knows a tar of known digest, and whether the store has it', async () => {
    const kept = await store().put([Buffer.from('an archive')], { what: 'test' });
    const at = async (sha256: string): Promise<PlannedCake> =>
      await planned({ base: { tar: 'https://me:secret@deb.example/root.tar?token=secret', sha256 } });
    const url = 'https://***@deb.example/root.tar?***';
    expect(await at(kept.sha256)).toMatchObject({
      inputs: [{ knownBy: 'recipe', files: [{ url, sha256: kept.sha256, size: 10, state: 'cached' }] }],
      totals: { cached: { files: 1, bytes: 10 }, fetch: { files: 0 } },
    });
    const other = await at('c'.repeat(64));
    expect(other.inputs[0]!.files).toEqual([{ url, sha256: 'c'.repeat(64), state: 'fetch' }]);
    expect(other.totals.fetch).toEqual({ files: 1, bytes: 0, unknown: 1 });
  });

  it('knows the files of this machine', async () => {
    const base = { tar: join(folder, 'root.tar') };
    const dir = join(folder, 'files');
    const { inputs, local, totals, tools } = await planned({ base, contents: [{ dir }], script: 'true' });
    expect(inputs).toMatchObject([{ knownBy: 'recipe', files: [{ size: 10_240, state: 'local' }] }]);
    expect(totals.local).toEqual({ files: 1, bytes: 10_240, unknown: 0 });
    expect(local).toEqual([{ place: 'cook.script' }, { place: 'cook.contents[0].dir', path: dir }]);
    expect(tools).toEqual([
      { name: 'proot', neededFor: 'the script', isNeeded: true, otherwise: 'fetched from Debian by apt' },
    ]);
  });

  it('refuses files that are not there, as check does', async () => {
    const path = join(folder, 'nope.tar');
    await expect(planned({ base: { tar: path } })).rejects.toMatchObject({
      code: expect.stringMatching(/^RB_(INPUT_NOT_FOUND|BASE_MISSING)$/),
      message: expect.stringContaining(path),
    });
  });

  it('leaves nothing but the store', async () => {
    const before = readdirSync(folder);
    await planned({ base: { empty: true }, contents: [{ dir: join(folder, 'files') }] });
    expect(readdirSync(folder).filter((name) => name !== 'cache')).toEqual(before);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['store']);
  });
});

describe('with a lock', () => {
  const cook = { base: { empty: true }, contents: [{ deb: 'gawk' }, { deb: 'sed' }] } as const;

  it('knows every file, and counts each once', async () => {
    const kept = await store().put([Buffer.alloc(500)], { what: 'test' });
    const sed = { url: 'http://deb.example/pool/sed.deb', sha256: kept.sha256, size: 500 };
    const lockFile = lock(debPin('gawk'), debPin('sed', sed));
    const { inputs, totals, tools } = await planned(cook, undefined, { lockFile });
    expect(inputs).toMatchObject([
      { name: 'gawk', knownBy: 'lock', versions: { gawk: '1.0-1' }, files: [{ ...DEB, state: 'fetch' }] },
      { name: 'sed', knownBy: 'lock', files: [{ ...sed, state: 'cached' }] },
    ]);
    expect(totals).toEqual({
      fetch: { files: 1, bytes: 1000, unknown: 0 },
      cached: { files: 1, bytes: 500, unknown: 0 },
      local: { files: 0, bytes: 0, unknown: 0 },
      lookUps: 0,
    });
    expect(tools).toEqual([]);
  });

  it('says what the lock lacks, and with locked complains as a bake does', async () => {
    const lockFile = lock(debPin('gawk'));
    expect((await planned(cook, undefined, { lockFile })).totals).toMatchObject({ lookUps: 1 });
    await expect(planned(cook, undefined, { lockFile, locked: true })).rejects.toMatchObject({
      code: 'RB_LOCK_OUTDATED',
      message: expect.stringContaining('deb sed'),
    });
    const none = join(folder, 'none.lock');
    await expect(planned(cook, undefined, { lockFile: none, locked: true })).rejects.toMatchObject({
      code: 'RB_LOCK_MISSING',
    });
  });

  it("finds the packages' entry, whose key hangs on the base", async () => {
    const key = { packages: ['openrc'], repositories: ['https://mirror.example/main'], base: '00' };
    const apk: Pin = { kind: 'apk', name: 'packages', key, value: {}, files: [DEB] };
    const base = { tar: 'https://deb.example/root.tar', sha256: 'c'.repeat(64) };
    const run = { lockFile: lock(apk), locked: false };
    const repositories = ['https://mirror.example/main/'];
    const found = await planned({ base, packages: ['openrc'], repositories }, undefined, run);
    expect(found.inputs[1]).toMatchObject({ kind: 'apk', knownBy: 'lock', files: [{ state: 'fetch' }] });
    const others = await planned({ base, packages: ['openssh'], repositories }, undefined, run);
    expect(others.inputs[1]).not.toHaveProperty('knownBy');
  });

  it('looks for an archive of Nix as the store keeps it, decompressed', async () => {
    const nar = await store().put([Buffer.alloc(700)], { what: 'test' });
    const path = `/nix/store/${'0'.repeat(32)}-gawk-5.2.1`;
    const entry = {
      path,
      narHash: nar.sha256,
      narSize: 700,
      references: [],
      signedBy: 'cache.nixos.org-1',
      url: 'nar/x.nar.xz',
      compression: 'xz',
    };
    const means = sourceMeans(testHost().host);
    const pin: Pin = {
      ...nixRequest({ paths: [path] }, means),
      value: { roots: [path], paths: [entry] },
      files: [DEB],
    };
    const locked = await planned({ base: { empty: true }, contents: [{ nix: path }] }, undefined, {
      lockFile: lock(pin),
    });
    expect(locked.inputs[0]).toMatchObject({ knownBy: 'lock', files: [{ ...DEB, state: 'cached' }] });
  });
});

oracle({ tools: ['extlinux'], files: [MBR_CODE, '/bin/busybox'] })('what was baked before', () => {
  const cook = (): CakeRecipe['cook'] => ({
    base: { empty: true },
    contents: [{ dir: join(folder, 'files') }],
  });
  const options = (): NonNullable<CakeRecipe['bake']> => ({
    ...installedBakeOptions(32 << 20),
    busybox: { path: '/bin/busybox' },
  });

  it('would be put at its place, until something changes', async () => {
    const before = await planned(cook(), options());
    expect(before).toMatchObject({ root: { action: 'make' }, image: { action: 'make', exists: false } });
    const { sha256 } = await bake(
      { name: 'planned', cook: cook(), bake: options() },
      { env: {}, cacheDirectory: join(folder, 'cache'), output: join(folder, 'planned.img') },
    );
    expect(await planned(cook(), options())).toMatchObject({
      root: { action: 'skip' },
      image: { action: 'restore', exists: true, sha256, size: 32 << 20 },
    });
    const anew = await planned(cook(), options(), { rebuild: true });
    expect(anew.image).toMatchObject({ action: 'make' });
    writeFileSync(join(folder, 'files/motd'), 'go away\n');
    expect((await planned(cook(), options())).image).toMatchObject({ action: 'make' });
  });
});
