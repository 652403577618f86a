import { createHash } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { treeDigest } from '../../src/formats/tar/index.ts';
import { InputDigests } from '../../src/store/input-digests.ts';
import { Results } from '../../src/store/results.ts';
import { Store } from '../../src/store/store.ts';
import { listStore } from '../../src/store/upkeep.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { describeTree, differences } from '../support/describe-tree.ts';
import { patternContent } from '../support/pattern-content.ts';
import { richTree } from '../support/rich-tree.ts';

let folder: string;
let store: Store;
let results: Results;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-results-'));
  store = Store.open(join(folder, 'store'));
  results = new Results(store);
});
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = { what: 'tree', version: '1', options: { packages: ['a', 'b'] } };

function damage(path: string): void {
  chmodSync(path, 0o644);
  truncateSync(path, statSync(path).size - 1);
}

describe('a kept tree', () => {
  test('comes back as it was, with its digest and what was kept with it', async () => {
    const tree = richTree();
    let count = 0;
    for (const { entry } of tree.walk()) entry.origin = `origin ${count++ % 7}`;
    const sha256 = await results.keepTree(KEY, tree, 'a tree', { epoch: 5, packages: [] });
    expect(sha256).toBe(await treeDigest(tree));
    const kept = await results.restoreTree({ options: { packages: ['a', 'b'] }, version: '1', what: 'tree' });
    expect([kept?.sha256, kept?.extra]).toEqual([sha256, { epoch: 5, packages: [] }]);
    expect(differences(describeTree(kept!.tree), describeTree(tree))).toEqual([]);
    const origins = (of: Tree): string[] => [...of.walk()].map(({ entry }) => entry.origin);
    expect(origins(kept!.tree)).toEqual(origins(tree));
    expect(await treeDigest(kept!.tree)).toBe(sha256);
  });

  test('has its larger contents in the store', async () => {
    await results.keepTree(KEY, richTree(), 'a tree');
    const large = (await results.restoreTree(KEY))?.tree.get('/large');
    const [blob] = listStore(store);
    expect(blob).toMatchObject({ kind: 'tree', what: 'a tree' });
    expect(large?.type === 'file' && large.content.place?.file).toBe((await store.get(blob!.sha256))?.path);
  });

  test('keeps the holes of its files', async () => {
    const data = [{ position: 1 << 20, length: 5000 }];
    const tree = new Tree();
    const content = patternContent(3 << 20, 1, data);
    tree.set('/sparse', fileEntry(content, metadata({ origin: 'x' })));
    tree.set('/linked', tree.get('/sparse')!);
    await results.keepTree(KEY, tree, 'a tree');
    const kept = await results.restoreTree(KEY);
    const entry = kept?.tree.get('/sparse');
    expect(entry?.type === 'file' && entry.content.data).toEqual(data);
    expect(kept?.tree.get('/linked')).toBe(entry);
    expect(await treeDigest(kept!.tree)).toBe(await treeDigest(tree));
  });

  test('of another key, pruned or damaged is not there', async () => {
    await results.keepTree(KEY, richTree(), 'a tree');
    expect(await results.restoreTree({ ...KEY, version: '2' })).toBeUndefined();
    for (const { sha256 } of listStore(store)) {
      damage((await store.get(sha256))!.path);
      expect(await results.restoreTree(KEY)).toBeUndefined();
      await results.keepTree(KEY, richTree(), 'a tree');
      expect(await results.restoreTree(KEY)).toBeDefined();
      store.drop(sha256);
      expect(await results.restoreTree(KEY)).toBeUndefined();
      await results.keepTree(KEY, richTree(), 'a tree');
    }
  });
});

describe('a kept image', () => {
  const SIZE = 200 << 20;
  const PIECES = [
    { position: 0, bytes: Buffer.alloc(512, 'mbr') },
    { position: 50_000_000, bytes: Buffer.alloc(100_000, 'data') },
    { position: SIZE - 10, bytes: Buffer.from('the end...') },
  ];
  let path: string;
  let sha256: string;

  beforeEach(async () => {
    path = join(folder, 'made.img');
    const file = await open(path, 'wx');
    await file.truncate(SIZE);
    for (const { position, bytes } of PIECES) await file.write(bytes, 0, bytes.length, position);
    await file.close();
    sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  });

  const data = PIECES.map(({ position, bytes }) => ({ position, length: bytes.length }));

  test.each([
    ['with what is known of its data', data],
    ['looked through for holes', undefined],
  ])('comes back, holes and all, %s', async (_, known) => {
    await results.keepImage(KEY, { path, sha256, ...(known && { data: known }) }, 'made.img', { uuid: 'x' });
    const output = join(folder, 'again.img');
    const kept = await results.restoreImage(KEY, output);
    expect(kept).toMatchObject({ size: SIZE, sha256, written: true, extra: { uuid: 'x' } });
    expect(readFileSync(output).equals(readFileSync(path))).toBe(true);
    expect(kept!.allocated).toBeLessThan(1 << 20);
    expect(listStore(store)).toMatchObject([{ kind: 'image', what: 'made.img', sha256 }]);
    expect(listStore(store)[0]!.allocated).toBeLessThan(1 << 20);
    expect((await Store.open(store.directory).get(sha256, SIZE))?.size).toBe(SIZE);
    expect(statSync(output).mode & 0o600).toBe(0o600);
  });

  test('that lies there already is left alone, and one that was changed is written anew', async () => {
    await results.keepImage(KEY, { path, sha256, data }, 'made.img');
    const { ino } = statSync(path);
    expect(await results.restoreImage(KEY, path, { force: true })).toMatchObject({ written: false, sha256 });
    expect(statSync(path).ino).toBe(ino);
    const { atime, mtime } = statSync(path);
    const file = await open(path, 'r+');
    await file.write('changed', 1000);
    await file.close();
    utimesSync(path, atime, mtime);
    expect(await results.restoreImage(KEY, path, { force: true })).toMatchObject({ written: true });
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(sha256);
    expect(await results.restoreImage(KEY, path, { force: true })).toMatchObject({ written: false });
  });

  test('does not write over anything without force, and leaves nothing when it cannot write', async () => {
    await results.keepImage(KEY, { path, sha256, data }, 'made.img');
    await expect(results.restoreImage(KEY, path)).rejects.toMatchObject({ code: 'RB_OUTPUT_EXISTS' });
    await expect(results.restoreImage(KEY, join(folder, 'no/where.img'))).rejects.toMatchObject({
      code: 'RB_OUTPUT_UNWRITABLE',
    });
  });

  test('that is damaged or of another key is not there', async () => {
    expect(await results.restoreImage(KEY, join(folder, 'x.img'))).toBeUndefined();
    await results.keepImage(KEY, { path, sha256, data }, 'made.img');
    damage((await store.get(sha256))!.path);
    expect(await results.restoreImage(KEY, join(folder, 'x.img'))).toBeUndefined();
    expect(await results.restoreImage({ ...KEY, more: 1 }, join(folder, 'x.img'))).toBeUndefined();
  });
});

/** The clock of inodes goes in steps. */
const tick = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('digests of inputs', () => {
  const LATER = () => Date.now() + 10_000;
  let root: string;

  beforeEach(() => {
    root = join(folder, 'root');
    mkdirSync(join(root, 'etc'), { recursive: true });
    writeFileSync(join(root, 'etc/motd'), 'hello');
    writeFileSync(join(root, 'run'), '#!/bin/sh', { mode: 0o755 });
    symlinkSync('etc/motd', join(root, 'link'));
    linkSync(join(root, 'run'), join(root, 'hard'));
  });

  const digest = (aspects = {}, path = root): Promise<string> =>
    new InputDigests(store, { now: LATER }).folder(path, aspects);

  test('a file is known again until it is touched', async () => {
    const path = join(root, 'etc/motd');
    const expected = createHash('sha256').update('hello').digest('hex');
    expect(await new InputDigests(store, { now: LATER }).file(path)).toBe(expected);
    const { atime, mtime } = statSync(path);
    await tick();
    writeFileSync(path, 'HELLO');
    utimesSync(path, atime, mtime);
    expect(await new InputDigests(store, { now: LATER }).file(path)).toBe(
      createHash('sha256').update('HELLO').digest('hex'),
    );
    for (const wrong of [join(root, 'none'), root]) {
      await expect(new InputDigests(store).file(wrong)).rejects.toMatchObject({ code: 'RB_INPUT_NOT_FOUND' });
    }
  });

  test('what was changed a moment ago is not trusted', async () => {
    const path = join(root, 'etc/motd');
    const { ctimeMs } = statSync(path);
    await new InputDigests(store, { now: () => ctimeMs + 1 }).file(path);
    expect(store.record('input-digests', { file: path })).toMatchObject({ fingerprint: '' });
    await new InputDigests(store, { now: LATER }).file(path);
    expect(store.record('input-digests', { file: path })).not.toMatchObject({ fingerprint: '' });
  });

  test('thousands of files are remembered in several records, all of which count', async () => {
    for (let index = 0; index < 2100; index += 1) writeFileSync(join(root, `etc/${index}`), '');
    const before = await digest();
    const key = { folder: root, part: 1 };
    interface Part {
      readonly files: readonly (readonly [
        string,
        { readonly fingerprint: string; readonly sha256: string },
      ])[];
      readonly isLast: boolean;
    }
    const { files, isLast } = store.record<Part>('input-digests', key)!;
    expect([files.length > 0, isLast]).toEqual([true, true]);
    const forged = files.map(([name, known]) => [name, { ...known, sha256: '0'.repeat(64) }]);
    store.setRecord('input-digests', key, { files: forged, isLast });
    expect(await digest()).not.toBe(before);
    // What a prune took away is hashed again.
    store.setRecord('input-digests', key, { files: [], isLast });
    expect(await digest()).toBe(before);
    expect(store.record<Part>('input-digests', key)!.files).toEqual(files);
  });

  test('a folder is known by what it holds, not by where it lies', async () => {
    const before = await digest();
    expect(await digest()).toBe(before);
    renameSync(root, join(folder, 'moved'));
    expect(await digest({}, join(folder, 'moved'))).toBe(before);
  });

  test.each<[string, (root: string) => void, object]>([
    ['a content', (at) => writeFileSync(join(at, 'etc/motd'), 'other'), { times: false }],
    ['a name', (at) => renameSync(join(at, 'etc/motd'), join(at, 'etc/issue')), { times: false }],
    ['a file more', (at) => writeFileSync(join(at, 'etc/more'), ''), { times: false }],
    ['a file less', (at) => rmSync(join(at, 'hard')), { times: false }],
    ['a mode', (at) => chmodSync(join(at, 'etc/motd'), 0o600), {}],
    ['a file that may be run', (at) => chmodSync(join(at, 'etc/motd'), 0o755), { modes: 'plain' }],
    ['a time', (at) => utimesSync(join(at, 'run'), 1, 1), {}],
    [
      'a target of a link',
      (at) => {
        rmSync(join(at, 'link'));
        symlinkSync('run', join(at, 'link'));
      },
      { times: false },
    ],
    [
      'a copy in the place of a hard link',
      (at) => {
        rmSync(join(at, 'hard'));
        writeFileSync(join(at, 'hard'), '#!/bin/sh', { mode: 0o755 });
      },
      { times: false },
    ],
  ])('%s makes another', async (_, change, aspects) => {
    const before = await digest(aspects);
    await tick();
    change(root);
    expect(await digest(aspects)).not.toBe(before);
  });

  test('what does not count, does not count', async () => {
    const plain = { owners: false, modes: 'plain', times: false };
    const before = await digest(plain);
    chmodSync(join(root, 'etc/motd'), 0o600);
    chmodSync(join(root, 'etc'), 0o700);
    utimesSync(join(root, 'run'), 1, 1);
    expect(await digest(plain)).toBe(before);
  });
});
