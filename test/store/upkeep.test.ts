import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { Store, type StoredBlob } from '../../src/store/store.ts';
import { listStore, pruneStore, verifyStore } from '../../src/store/upkeep.ts';
import { testHost } from '../support/host.ts';
import { Loopback } from '../support/loopback.ts';

const HOUR = 60 * 60_000;

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-upkeep-'));
  store = Store.open(join(folder, 'store'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (text: string, kind?: string, url?: string): Promise<StoredBlob> =>
  store.put([Buffer.from(text)], { what: text.slice(0, 20), kind, url });
const whats = (items: readonly { what: string }[]): string[] => items.map(({ what }) => what);

/** Makes a blob look as if it was last used so long ago. */
function age({ sha256, path }: StoredBlob, hours: number): void {
  const time = (Date.now() - hours * HOUR) / 1000;
  utimesSync(path, time, time);
  utimesSync(join(store.directory, 'about', sha256.slice(0, 2), `${sha256}.json`), time, time);
}

test('a list tells what each blob is, the largest first', async () => {
  expect(listStore(store)).toEqual([]);
  const { sha256 } = await put('small', 'tree');
  await put('larger than small', undefined, 'https://example.com/x');
  expect(listStore(store)).toMatchObject([
    { kind: 'download', what: 'larger than small', url: 'https://example.com/x', size: 17 },
    { kind: 'tree', what: 'small', size: 5, sha256 },
  ]);
  rmSync(join(store.directory, 'about'), { recursive: true });
  expect(listStore(store)).toMatchObject([{ kind: 'unknown' }, { kind: 'unknown', sha256 }]);
});

describe('prune', () => {
  beforeEach(async () => {
    age(await put('the oldest'), 100);
    age(await put('a tree of old', 'tree'), 50);
    age(await put('rather new'), 3);
    await put('in use');
  });

  test('without a choice removes only what interrupted runs have left', () => {
    for (const name of ['tmp', 'partial']) {
      mkdirSync(join(store.directory, name), { recursive: true });
      writeFileSync(join(store.directory, name, 'old'), 'x'.repeat(5000));
      writeFileSync(join(store.directory, name, 'new'), 'x');
      utimesSync(join(store.directory, name, 'old'), 1, 1);
    }
    expect(pruneStore(store)).toMatchObject({ removed: [], freed: 16384 });
    expect([
      readdirSync(join(store.directory, 'tmp')),
      readdirSync(join(store.directory, 'partial')),
    ]).toEqual([['new'], ['new']]);
    expect(listStore(store)).toHaveLength(4);
  });

  test('by age', () => {
    const options = { olderThan: 10 * HOUR };
    expect(whats(pruneStore(store, { ...options, dryRun: true }).removed)).toHaveLength(2);
    expect(listStore(store)).toHaveLength(4);
    const { removed, freed, kept } = pruneStore(store, options);
    expect([whats(removed), freed, kept]).toEqual([['the oldest', 'a tree of old'], 8192, 8192]);
    expect(whats(listStore(store)).sort()).toEqual(['in use', 'rather new']);
    expect(
      readdirSync(join(store.directory, 'about')).flatMap((name) =>
        readdirSync(join(store.directory, 'about', name)),
      ),
    ).toHaveLength(2);
  });

  test('by size, what was not used for the longest time first, and never what is in use', () => {
    expect(whats(pruneStore(store, { keepBytes: 3 * 4096 }).removed)).toEqual(['the oldest']);
    expect(whats(pruneStore(store, { keepBytes: 0 }).removed)).toEqual(['a tree of old', 'rather new']);
    expect(whats(listStore(store))).toEqual(['in use']);
  });

  test('by kind', () => {
    store.setRecord('tree', 'k', 1);
    store.setRecord('image', 'k', 1);
    const now = Date.now() + 2 * HOUR;
    expect(whats(pruneStore(store, { kinds: ['tree'], now }).removed)).toEqual(['a tree of old']);
    expect([store.record('tree', 'k'), store.record('image', 'k')]).toEqual([undefined, 1]);
  });

  test('reading a blob makes it young', async () => {
    const old = listStore(store).find(({ what }) => what === 'the oldest')!;
    await store.get(old.sha256);
    expect(whats(pruneStore(store, { olderThan: 0 }).removed)).toEqual(['a tree of old', 'rather new']);
  });
});

test('verify reads all and removes what is damaged', async () => {
  await put('good');
  const bad = await put('was good');
  chmodSync(bad.path, 0o644);
  writeFileSync(bad.path, 'is bad..');
  const seen: number[] = [];
  const { checked, bytes, damaged } = await verifyStore(store, testHost().host, (done) => seen.push(done));
  expect([checked, bytes, whats(damaged), seen.at(-1)]).toEqual([2, 12, ['was good'], 12]);
  expect(existsSync(bad.path)).toBe(false);
  expect((await verifyStore(store, testHost().host)).damaged).toEqual([]);
});

test('several processes fill one store at once', async () => {
  const bodies = Array.from({ length: 12 }, (_, index) => Buffer.alloc(200_000 + index, `${index} `));
  const server = await Loopback.start();
  server.answer = ({ url }, response) => response.end(bodies[Number(url!.slice(1))]);
  const wanted = bodies.map((body, index) => ({
    url: server.url(`/${index}`),
    sha256: createHash('sha256').update(body).digest('hex'),
    what: `body ${index}`,
  }));
  const { root } = inject('product');
  const script = `
    import { Net } from '${root}/dist/net/net.js';
    import { nodeHost } from '${root}/dist/node-host.js';
    const net = new Net(nodeHost({ env: {}, storeDirectory: process.argv[1] }));
    const blobs = await Promise.all(JSON.parse(process.argv[2]).map((wanted) => net.download(wanted)));
    console.log(blobs.length);
  `;
  const args = ['--input-type=module', '-e', script, store.directory, JSON.stringify(wanted)];
  try {
    const outputs = await Promise.all([1, 2, 3].map(() => finished(spawn(process.execPath, args))));
    expect(outputs).toEqual(['12\n', '12\n', '12\n']);
    expect(server.seen.length).toBeLessThanOrEqual(36);
    expect(await verifyStore(store, testHost().host)).toMatchObject({ checked: 12, damaged: [] });
    expect(readdirSync(join(store.directory, 'tmp'))).toEqual([]);
  } finally {
    await server.stop();
  }
});

function finished(child: ChildProcess): Promise<string> {
  let output = '';
  let errors = '';
  child.stdout!.on('data', (part: Buffer) => (output += part));
  child.stderr!.on('data', (part: Buffer) => (errors += part));
  return new Promise((resolve, reject) => {
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(errors))));
  });
}
