import { chmodSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDebianPackage } from '../../src/sources/deb.ts';
import { sourceMeans } from '../../src/sources/means.ts';
import { Store } from '../../src/store/store.ts';
import { listStore } from '../../src/store/upkeep.ts';
import { memorySink, readContent } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { debianPackage } from '../support/ar-archive.ts';
import { testHost } from '../support/host.ts';
import { tarBlocks } from '../support/tar-blocks.ts';

const CONTROL = 'Package: thing\nVersion: 1.0\nArchitecture: all\n';
const LARGE = 'large '.repeat(10_000);

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-deb-'));
  path = join(folder, 'thing.deb');
  writeFileSync(path, deb(LARGE));
});
afterEach(() => rmSync(folder, { recursive: true }));

function deb(large: string): Buffer {
  const data = tarBlocks([
    { name: './large', body: large },
    { name: './small', body: 'small' },
  ]);
  return debianPackage([
    ['control.tar.gz', gzipSync(tarBlocks([{ name: './control', body: CONTROL }]))],
    ['data.tar.gz', gzipSync(data)],
  ]);
}

const read = (storeDirectory = join(folder, 'store')) =>
  readDebianPackage(path, memorySink, sourceMeans(testHost({ storeDirectory }).host));

function text(tree: Tree, name: string): string {
  const entry = tree.get(name);
  return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString() : '';
}

test('a package is decompressed once, and its contents lie in the store', async () => {
  const { name, version, tree } = await read();
  expect([name, version, tree.get('/large')?.origin]).toEqual(['thing', '1.0', 'package thing-1.0']);
  expect([text(tree, '/large') === LARGE, text(tree, '/small')]).toEqual([true, 'small']);
  const items = listStore(Store.open(join(folder, 'store')));
  expect(items).toMatchObject([{ kind: 'deb-data', what: 'package thing-1.0' }]);
  const again = (await read()).tree.get('/large');
  const place = again?.type === 'file' ? again.content.place?.file : undefined;
  expect(place).toContain(items[0]!.sha256);
});

test('another package under the same name, and a damaged blob, are decompressed anew', async () => {
  await read();
  writeFileSync(path, deb('other'.repeat(9000)));
  expect(text((await read()).tree, '/large')).toBe('other'.repeat(9000));
  for (const { sha256 } of listStore(Store.open(join(folder, 'store')))) {
    const blob = join(folder, 'store/blobs/sha256', sha256.slice(0, 2), sha256);
    chmodSync(blob, 0o644);
    truncateSync(blob, 1000);
  }
  expect(text((await read()).tree, '/large')).toBe('other'.repeat(9000));
});

test('a damaged package leaves nothing in the store', async () => {
  const bytes = deb(LARGE);
  writeFileSync(path, bytes.subarray(0, bytes.length - 100));
  await expect(read()).rejects.toMatchObject({ code: 'RB_ARCHIVE_DAMAGED' });
  expect(listStore(Store.open(join(folder, 'store')))).toEqual([]);
});

test('without a store that can be used it goes to the sink', async () => {
  const { tree } = await read(join(path, 'store'));
  const large = tree.get('/large');
  expect(large?.type === 'file' && large.content.bytes).toBeTruthy();
  expect(text(tree, '/large')).toBe(LARGE);
});
