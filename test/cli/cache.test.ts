import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { run as runCli } from '../../src/cli/run.ts';
import { Store } from '../../src/store/store.ts';

let folder: string;
let store: Store;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rb-cache-'));
  store = Store.open(join(folder, 'store'));
  const { sha256, path } = await store.put([Buffer.alloc(5000, 'x')], {
    what: 'a base',
    url: 'https://example.com/base.tar',
  });
  const old = new Date('2001-01-01');
  utimesSync(path, old, old);
  utimesSync(join(store.directory, 'about', sha256.slice(0, 2), `${sha256}.json`), old, old);
  await store.put([Buffer.from('new')], { what: 'a tree', kind: 'tree' });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function run(args: string[], env = {}): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(args, {
    stdout: { isTTY: false, columns: 80, write: (text) => out.push(`${text}`) },
    stderr: { isTTY: false, columns: 80, write: (text) => err.push(`${text}`) },
    env: { HOME: folder, ...env },
    signal: new AbortController().signal,
    leaveInterrupts() {},
    version: '0',
  });
  return { code, out: out.join(''), err: err.join('') };
}

test('cache and cache ls list the store of the option, the environment and the cache', async () => {
  const { code, out } = await run(['cache', '--store', store.directory]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^[0-9a-f]{12} {2}4\.9 KiB {2}download {2}\d+ days {2}a base {2}https:\/\/example\.com\/base\.tar\n/,
  );
  expect(out).toMatch(
    new RegExp(`\\n[0-9a-f]{12}      3 B  tree      now +a tree\\n2 blobs, 12 KiB in ${store.directory}\\n$`),
  );
  expect((await run(['cache', 'ls'], { RB_STORE: store.directory })).out).toBe(out);
  expect((await run(['cache', 'ls'], { RB_CACHE_DIR: folder })).out).toBe(out);
  expect((await run(['cache'], {})).out).toMatch(/^0 blobs, 0 B in /);
  const json = JSON.parse((await run(['cache', 'ls', '--json', '--store', store.directory])).out);
  expect(json).toMatchObject({
    version: 1,
    store: store.directory,
    blobs: [{ what: 'a base' }, { kind: 'tree' }],
  });
});

test('cache prune removes what is old', async () => {
  const args = ['--store', store.directory];
  expect((await run(['cache', 'prune', '--dry-run', ...args])).out).toMatch(
    /a base.*\n1 blob would be removed, 8 KiB/,
  );
  expect((await run(['cache', 'prune', '--kind', 'tree', ...args])).out).toMatch(/^0 blobs removed/);
  expect((await run(['cache', 'prune', ...args])).out).toMatch(
    /a base.*\n1 blob removed, 8 KiB freed, 4 KiB kept\n$/,
  );
  expect((await run(['cache', 'prune', '--all', ...args])).out).toBe(
    '0 blobs removed, 0 B freed, 4 KiB kept\n',
  );
  const { code, err } = await run(['cache', 'prune', '--older-than', 'long', ...args]);
  expect([code, err]).toEqual([2, expect.stringContaining('no length of time')]);
});

test('cache verify tells damage by its exit code', async () => {
  const args = ['cache', 'verify', '--store', store.directory];
  expect(await run(args)).toMatchObject({ code: 0, out: '2 blobs, 4.9 KiB: all good\n' });
  const [item] = JSON.parse((await run(['cache', 'ls', '--json', '--store', store.directory])).out).blobs;
  const path = join(store.directory, 'blobs/sha256', item.sha256.slice(0, 2), item.sha256);
  chmodSync(path, 0o644);
  writeFileSync(path, 'y');
  const { code, out } = await run(args);
  expect([code, out]).toEqual([
    4,
    expect.stringMatching(/a base.*\n2 blobs, .*: 1 blob damaged and removed\n$/),
  ]);
  expect(await run(args)).toMatchObject({ code: 0 });
});
