import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/store/canonical.ts';
import { Store } from '../../src/store/store.ts';
import { contentChunks, readContent } from '../../src/tree/content.ts';

const bytes = Buffer.from('hello, store\n');
const sha256 = createHash('sha256').update(bytes).digest('hex');
const what = 'a greeting';

let folder: string;
let store: Store;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-store-'));
  store = Store.open(join(folder, 'store'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Every file of the store, relative to it. */
function files(): string[] {
  if (!existsSync(store.directory)) return [];
  const options = { recursive: true, withFileTypes: true } as const;
  return readdirSync(store.directory, options)
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(store.directory.length + 1))
    .sort();
}

/** Changes a read-only file and takes care that its mtime does not tell. */
function damage(path: string, change: (path: string) => void): void {
  const { atime, mtime } = statSync(path);
  chmodSync(path, 0o644);
  change(path);
  utimesSync(path, atime, mtime);
}

describe('blobs', () => {
  test('are put by their digest and read back', async () => {
    const blob = await store.put([bytes.subarray(0, 5), bytes.subarray(5)], { what });
    expect(blob).toEqual({
      sha256,
      size: bytes.length,
      path: join(store.directory, 'blobs/sha256', sha256.slice(0, 2), sha256),
    });
    expect(await store.get(sha256)).toEqual(blob);
    expect(await store.get(sha256.toUpperCase(), bytes.length)).toEqual(blob);
    expect(Buffer.from(readContent(store.content(blob))).equals(bytes)).toBe(true);
    expect(store.content(blob).place).toEqual({ file: blob.path, position: 0 });
    expect(statSync(blob.path).mode & 0o222).toBe(0);
    expect(statSync(store.directory).mode & 0o077).toBe(0);
    expect(files()).toEqual([
      `about/${sha256.slice(0, 2)}/${sha256}.json`,
      `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`,
    ]);
  });

  test('that are not there are undefined, and asking makes no folder', async () => {
    expect(await store.get(sha256)).toBeUndefined();
    expect(existsSync(store.directory)).toBe(false);
    await expect(store.get('../../etc/passwd')).rejects.toMatchObject({ code: 'RB_ARGUMENT' });
  });

  test('that are not what was expected leave nothing', async () => {
    const wrong = '0'.repeat(64);
    const cases = [
      [{ what, sha256: wrong }, 'RB_DIGEST_MISMATCH', wrong],
      [{ what, size: bytes.length + 1 }, 'RB_DIGEST_MISMATCH', `${bytes.length + 1}`],
      [{ what, size: bytes.length - 1 }, 'RB_DIGEST_MISMATCH', 'a greeting'],
      [{ what, limit: 5 }, 'RB_LIMIT_EXCEEDED', '5 bytes'],
    ] as const;
    for (const [expected, code, message] of cases) {
      await expect(store.put([bytes], expected)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    }
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw new Error('the line broke');
    }
    await expect(store.put(breaking(), { what, sha256 })).rejects.toThrow('the line broke');
    expect(files()).toEqual([]);
  });

  test.each<[string, (path: string) => void]>([
    ['one other byte', (path) => writeFileSync(path, 'Hello, store\n')],
    ['its end missing', (path) => truncateSync(path, 3)],
    ['nothing left', (path) => truncateSync(path, 0)],
  ])('with %s are dropped on reading, and can be put again', async (_, change) => {
    const blob = await store.put([bytes], { what });
    damage(blob.path, change);
    expect(await store.get(sha256)).toBeUndefined();
    expect(files()).toEqual([]);
    await store.put([bytes], { what, sha256 });
    damage(blob.path, change);
    expect(await store.get(sha256, bytes.length, { trust: true })).toBeUndefined();
    await store.put([bytes], { what, sha256 });
    expect(await store.get(sha256)).toEqual(blob);
  });

  test('with another size than the one that goes with the digest are refused', async () => {
    await store.put([bytes], { what });
    await expect(store.get(sha256, 7)).rejects.toMatchObject({ code: 'RB_DIGEST_MISMATCH' });
    expect(await store.get(sha256)).toBeDefined();
  });

  test('are read through once, and again when their file was touched', async () => {
    const blob = await store.put([bytes], { what });
    const other = Store.open(store.directory);
    const held = readFileSync(blob.path);
    // Same inode, same size, same mtime: only the ctime tells.
    damage(blob.path, (path) => writeFileSync(path, Buffer.alloc(bytes.length)));
    expect(await other.get(sha256)).toBeUndefined();
    expect(held.equals(bytes)).toBe(true);
  });

  test('of an interrupted writer are taken up by the next one', async () => {
    const first = store.writer({ what, sha256 });
    first.write(bytes.subarray(0, 5));
    first.abandon({ keep: true });
    expect(files()).toEqual([`partial/${sha256}`]);
    const second = store.writer({ what, sha256 });
    const third = store.writer({ what, sha256 });
    expect([second.size, third.size]).toEqual([5, 0]);
    second.write(bytes.subarray(5));
    second.commit();
    third.abandon({ keep: true });
    expect(files().filter((file) => !file.startsWith('about'))).toEqual([
      `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`,
    ]);
  });

  test('that are derived are made once, and again when they were damaged', async () => {
    let made = 0;
    const derive = () =>
      store.derived('unpacked', { of: 'x' }, what, () => {
        made += 1;
        return [bytes];
      });
    const blob = await derive();
    expect(await derive()).toEqual(blob);
    expect(made).toBe(1);
    damage(blob.path, (path) => truncateSync(path, 1));
    expect(await derive()).toEqual(blob);
    expect(made).toBe(2);
  });

  test('an abandoned writer leaves nothing, and a closed one takes nothing', () => {
    const writer = store.writer({ what });
    writer.write(bytes);
    writer.abandon({ keep: true });
    expect(files()).toEqual([]);
    expect(() => writer.write(bytes)).toThrow(/after its end/);
  });
});

describe('records', () => {
  test('are found by an equal key', () => {
    const value = { sha256, list: [1, 'a', null] };
    store.setRecord('tree', { b: 2, a: [1n], c: undefined }, value);
    expect(store.record('tree', { a: ['1n'], b: 2 })).toEqual(value);
    expect(store.record('tree', { a: ['1n'], b: 3 })).toBeUndefined();
    expect(store.record('image', { a: ['1n'], b: 2 })).toBeUndefined();
    store.setRecord('tree', { a: ['1n'], b: 2 }, 'another');
    expect(store.record('tree', { a: ['1n'], b: 2 })).toBe('another');
  });

  test.each<[string, (text: string) => string]>([
    ['cut off', (text) => text.slice(0, -10)],
    ['empty', () => ''],
    ['no object', () => '[]'],
    ['changed', (text) => text.replace('first', 'worst')],
    ['of another key', (text) => text.replace('"k"', '"l"')],
  ])('that are %s count as missing', (_, change) => {
    store.setRecord('tree', 'k', 'first');
    const [path] = files();
    writeFileSync(join(store.directory, path!), change(readFileSync(join(store.directory, path!), 'utf8')));
    expect(store.record('tree', 'k')).toBeUndefined();
    expect(files()).toEqual([]);
  });

  test('have kinds that are names', () => {
    expect(() => store.record('../x', 1)).toThrow(/no kind of record/);
  });
});

describe('a store that cannot be used', () => {
  test('says where and what to do', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const bad = Store.open(join(file, 'store'));
    const fault = { code: 'RB_STORE_UNUSABLE', hint: expect.stringContaining('--store') };
    await expect(bad.put([bytes], { what })).rejects.toMatchObject(fault);
    expect(() => bad.setRecord('tree', 1, 2)).toThrow(expect.objectContaining(fault));
    expect(() => bad.record('tree', 1)).toThrow(expect.objectContaining(fault));
    await expect(bad.get(sha256)).rejects.toMatchObject(fault);
    await expect(Store.open('/proc/none').put([bytes], { what })).rejects.toMatchObject(fault);
  });
});

test('canonical JSON', () => {
  expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true, gone: undefined })).toBe(
    '{"a":true,"b":[1,{"c":"x","d":null}]}',
  );
  for (const value of [undefined, Number.NaN, () => {}, new Map(), Symbol('x'), new Uint8Array(1)]) {
    expect(() => canonicalJson({ value: [value], map: value ?? new Set() })).toThrow(/part of a key/);
  }
});

test('large contents are read in place', async () => {
  const large = Buffer.alloc(3 << 20, 'abc');
  const blob = await store.put([large], { what });
  expect(Buffer.concat([...contentChunks(store.content(blob))]).equals(large)).toBe(true);
});
