import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memfs } from 'memfs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cook } from '../../src/cook/cook.ts';
import type { CookOptions } from '../../src/cook/options.ts';
import { readContent } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import type { ReadableVolume } from '../../src/tree/volume.ts';
import { testHost } from '../support/host.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A host on which proot cannot be had and every scratch root would be seen. */
function dryHost(env: Record<string, string> = {}) {
  return testHost({ env: { RB_PROOT: '/nonexistent', ...env }, temporaryDirectory: join(folder, 'tmp') });
}

async function cookTree(options: CookOptions, env: Record<string, string> = {}): Promise<Tree> {
  const root = await cook(options, dryHost(env).host);
  return root.tree;
}

function text(tree: Tree, path: string): string {
  const entry = tree.resolve(path)?.entry;
  if (entry?.type !== 'file') throw new Error(`${path} is no file`);
  return Buffer.from(readContent(entry.content)).toString();
}

const EMPTY = { base: { empty: true } } as const;

describe('cook without scripts', () => {
  it('takes a volume as base and touches neither disk nor proot', async () => {
    const { fs } = memfs({ '/root/etc/motd': 'hello', '/root/etc/profile': 'PATH=/bin\n' });
    const { host, events } = dryHost();
    const volume = fs as unknown as ReadableVolume;
    const root = await cook({ base: { volume, path: '/root' }, path: ['/opt/a b/bin', '/x'] }, host);
    expect(text(root.tree, '/etc/motd')).toBe('hello');
    expect(text(root.tree, '/etc/profile')).toBe(`PATH=/bin\nexport PATH='/opt/a b/bin':/x:"$PATH"\n`);
    expect(root.scratch).toBeUndefined();
    await root.dispose();
    expect(readdirSync(join(folder, 'tmp'))).toEqual([]);
    expect(events).toContainEqual({
      type: 'message',
      level: 'info',
      text: `cooked tree, for the recipe: sha256: ${root.sha256}`,
    });
  });

  it('makes /etc/profile for path when there is none', async () => {
    const tree = await cookTree({ ...EMPTY, path: ['/opt/bin'] });
    expect(text(tree, '/etc/profile')).toBe('export PATH=/opt/bin:"$PATH"\n');
    expect(tree.get('/etc')).toMatchObject({ mode: 0o755, uid: 0 });
  });

  it('lays contents over the root in their order', async () => {
    writeFileSync(join(folder, 'run.sh'), '#!/bin/sh\n', { mode: 0o700 });
    writeFileSync(join(folder, 'motd'), 'hi', { mode: 0o600 });
    const tree = await cookTree({
      ...EMPTY,
      contents: [
        { mkdir: '/usr/bin' },
        { symlink: 'usr/bin', to: '/bin' },
        { file: join(folder, 'run.sh'), to: '/bin/' },
        { file: join(folder, 'motd'), to: '/etc/issue', owner: '1:2', mode: '0640' },
        { mkdir: '/srv/data', owner: '100:101', mode: '2750' },
        { dir: folder, to: '/opt' },
      ],
    });
    expect(tree.get('/usr/bin/run.sh')).toMatchObject({
      uid: 0,
      mode: 0o755,
      mtime: 315_532_800_000_000_000n,
    });
    expect(tree.get('/etc/issue')).toMatchObject({ uid: 1, gid: 2, mode: 0o640 });
    expect(tree.get('/srv/data')).toMatchObject({ uid: 100, gid: 101, mode: 0o2750 });
    expect(tree.get('/srv')).toMatchObject({ uid: 0, mode: 0o755 });
    expect(text(tree, '/opt/motd')).toBe('hi');
  });

  it('applies owner rules last, and says which path a rule misses', async () => {
    const contents = [{ mkdir: '/srv/www/logs' }] as const;
    const owners = [{ path: '/srv/www', owner: '100:101', mode: '0750', recursive: true }] as const;
    const tree = await cookTree({ ...EMPTY, contents, owners });
    expect(tree.get('/srv/www')).toMatchObject({ uid: 100, gid: 101, mode: 0o750 });
    expect(tree.get('/srv/www/logs')).toMatchObject({ uid: 100, mode: 0o755 });
    expect(tree.get('/srv')).toMatchObject({ uid: 0 });
    const missing = cookTree({ ...EMPTY, contents, owners: [{ path: '/srv/ww', owner: '1:1' }] });
    await expect(missing).rejects.toMatchObject({
      code: 'RB_INPUT_NOT_FOUND',
      hint: expect.stringContaining('www'),
    });
  });

  it('takes SOURCE_DATE_EPOCH, and refuses nonsense in it', async () => {
    const tree = await cookTree({ ...EMPTY, path: ['/x'] }, { SOURCE_DATE_EPOCH: '1000' });
    expect(tree.get('/etc/profile')!.mtime).toBe(1_000_000_000_000n);
    const wrong = cookTree(EMPTY, { SOURCE_DATE_EPOCH: 'now' });
    await expect(wrong).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
  });

  it('checks the digest of the tree', async () => {
    const { sha256 } = await cook(EMPTY, dryHost().host);
    await expect(cook({ ...EMPTY, sha256: sha256.toUpperCase() }, dryHost().host)).resolves.toBeDefined();
    const wrong = cook({ ...EMPTY, sha256: '0'.repeat(64) }, dryHost().host);
    await expect(wrong).rejects.toMatchObject({
      code: 'RB_DIGEST_MISMATCH',
      message: expect.stringContaining(sha256),
    });
  });

  it('says that the base is missing', async () => {
    for (const base of [{ tar: join(folder, 'no.tar') }, { dir: join(folder, 'no') }]) {
      await expect(cook({ base }, dryHost().host)).rejects.toMatchObject({ code: 'RB_BASE_MISSING' });
    }
  });

  it('says what was tried when there is no proot, and leaves nothing behind', async () => {
    const { host } = dryHost();
    await expect(cook({ ...EMPTY, script: 'true' }, host)).rejects.toMatchObject({
      code: 'RB_PROOT_UNAVAILABLE',
      exitCode: 2,
      message: expect.stringContaining('/nonexistent (RB_PROOT)'),
    });
    expect(readdirSync(host.temporaryDirectory)).toEqual([]);
  });
});
