/** Long work in this thread lets the event loop turn: a count of its turns tells, no clock. */

import * as nodeFs from 'node:fs';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkPrograms } from '../src/cook/elf-check.ts';
import { copySparse } from '../src/disk/copy-sparse.ts';
import { decompressStream } from '../src/formats/compression/index.ts';
import { PackageIndex } from '../src/formats/debian/index.ts';
import { readTarInPlace, treeDigest, writeTar } from '../src/formats/tar/index.ts';
import { breather } from '../src/host.ts';
import { owners } from '../src/sbom/owners.ts';
import { makeSbom } from '../src/sbom/sbom.ts';
import { resolveDebian } from '../src/sources/debian/resolve.ts';
import { Universe } from '../src/sources/debian/universe.ts';
import { readDirectory } from '../src/sources/directory.ts';
import { folderIdentity } from '../src/store/folder-identity.ts';
import { InputDigests } from '../src/store/input-digests.ts';
import { describeTree } from '../src/store/kept-tree.ts';
import { Store } from '../src/store/store.ts';
import { bytesContent, textContent } from '../src/tree/content.ts';
import { fileEntry, metadata } from '../src/tree/entry.ts';
import { layerAtOnce, layerWithPauses } from '../src/tree/layer.ts';
import { Tree } from '../src/tree/tree.ts';
import { testHost } from './support/host.ts';
import { judge, oracle } from './support/oracle.ts';
import { tarBlocks } from './support/tar-blocks.ts';
import { slowHost, turnsDuring } from './support/turns.ts';

const FILES = 6000;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-event-loop-'));
  mkdirSync(join(folder, 'root'));
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(folder, `root/${index}`), '');
  writeFileSync(join(folder, 'large'), Buffer.alloc(40 << 20, 'large'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const root = (): string => join(folder, 'root');
const rootTree = () => readDirectory(nodeFs, root(), { owner: '0:0', origin: 'test' });
const rootTar = (): Uint8Array =>
  tarBlocks(Array.from({ length: FILES }, (_, index) => ({ name: `f${index}`, body: 'x' })));

test.each<[string, () => Promise<unknown>]>([
  ['a folder is read', rootTree],
  ['the identity of a folder is found', () => folderIdentity(root())],
  ['a tar is read in place', () => readTarInPlace(bytesContent(rootTar()), { origin: 'test' })],
  ['a file is copied', () => copySparse(join(folder, 'large'), join(folder, 'copy'), { size: 40 << 20 })],
])('while %s', async (_name, work) => {
  expect(await turnsDuring(work)).toBeGreaterThanOrEqual(4);
});

test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
  ['the identity of a folder', (signal) => folderIdentity(root(), { signal })],
  ['the digest of a folder', (signal) => digests(signal).folder(root())],
  ['the digest of a file', (signal) => digests(signal).file(join(folder, 'large'))],
])('an aborted signal ends %s', async (_name, work) => {
  const controller = new AbortController();
  const aborted = work(controller.signal);
  controller.abort();
  await expect(aborted).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
});

const digests = (signal: AbortSignal): InputDigests =>
  new InputDigests(Store.open(join(folder, 'store')), { signal });

/** A root with dpkg's database: packages with a file each, and a copyright file. */
function debianTree(count: number): Tree {
  const meta = metadata({ mode: 0o755, origin: 'test' });
  const tree = new Tree(meta);
  const put = (path: string, text: string) => tree.set(path, fileEntry(textContent(text), meta), meta);
  const names = Array.from({ length: count }, (_, index) => `p${index}`);
  put('/var/lib/dpkg/status', names.map(stanza).join('\n'));
  for (const name of names) {
    put(`/usr/bin/${name}`, name);
    put(`/var/lib/dpkg/info/${name}.list`, `/usr/bin/${name}\n`);
    put(`/usr/share/doc/${name}/copyright`, 'Format: copyright-format/1.0\n\nFiles: *\nLicense: MIT\n');
  }
  return tree;
}

const stanza = (name: string): string =>
  `Package: ${name}\nStatus: install ok installed\nVersion: 1\nArchitecture: all\nDescription: ${'x'.repeat(1000)}\n`;

const STEPS = 200;
const largeIndex = (): Buffer =>
  Buffer.from(Array.from({ length: 15_000 }, (_, index) => stanza(`p${index}`)).join('\n'));
const image = { tree: debianTree(STEPS), sha256: '0'.repeat(64), epoch: 0 };

test.each<[string, () => Promise<unknown>]>([
  ['a bill of materials is made', () => makeSbom(image, { format: 'spdx', name: 'x' }, slowHost())],
  ['owners of files are found', () => owners(image.tree, [], slowHost())],
  [
    'trees are laid over one another',
    () => layerWithPauses(new Tree(), image.tree, {}, breather(slowHost())),
  ],
  [
    'equal files of two trees are compared',
    () => layerWithPauses(debianTree(STEPS), image.tree, {}, breather(slowHost())),
  ],
  [
    'programs are looked at',
    () => checkPrograms(image.tree, layerAtOnce(new Tree(), image.tree), 0n, breather(slowHost())),
  ],
  [
    'a closure of Debian is found',
    async () => {
      const chain = Array.from(
        { length: STEPS },
        (_, index) => `${stanza(`p${index}`)}Depends: p${index + 1}\n`,
      );
      const index = await PackageIndex.read(Buffer.from([...chain, stanza(`p${STEPS}`)].join('\n')));
      const universe = new Universe([index], 'all');
      return await resolveDebian([{ name: 'p0' }], universe, {}, breather(slowHost()));
    },
  ],
])('while %s, as if each step took long', async (_name, work) => {
  expect(await turnsDuring(work)).toBeGreaterThanOrEqual(STEPS);
});

test.each<[string, () => Promise<unknown>, number]>([
  ['an index of Debian is read', () => PackageIndex.read(largeIndex()), 4],
  ['a kept tree is described', async () => await describeTree(await rootTree(), null).details(), 2],
])('while %s', async (_name, work, turns) => {
  expect(await turnsDuring(work)).toBeGreaterThanOrEqual(turns);
});

test('short works, one after the other, count together', async () => {
  let time = 0;
  const host = testHost({ now: () => time }).host;
  expect(breather(host)()).toBeInstanceOf(Promise);
  await breather(host)();
  const paused = Array.from({ length: 4 }, () => {
    time += 15;
    return breather(host)();
  });
  expect(paused.map(Boolean)).toEqual([false, true, true, true]);
  await Promise.all(paused);
  expect(breather(host)()).toBeUndefined();
});

test('while a tree is digested and written', async () => {
  const tree = await rootTree();
  for (let index = 0; index < 20; index += 1) {
    const entry = tree.get(`/${index}`);
    if (entry?.type === 'file') entry.content = bytesContent(new Uint8Array(2 << 20));
  }
  expect(await turnsDuring(() => treeDigest(tree))).toBeGreaterThanOrEqual(4);
  const written = async (): Promise<void> => {
    for await (const _ of writeTar(tree));
  };
  expect(await turnsDuring(written)).toBeGreaterThanOrEqual(4);
});

oracle({ tools: ['xz', 'zstd'] })('while something is decompressed:', () => {
  test.each(['xz', 'zstd'])('%s', async (tool) => {
    const packed = join(folder, `large.${tool}`);
    judge(tool, ['-kfq', '-1', ...(tool === 'zstd' ? ['-o', packed] : []), join(folder, 'large')]);
    const bytes = nodeFs.readFileSync(packed);
    const turns = await turnsDuring(async () => {
      for await (const _ of decompressStream([bytes], packed));
    });
    expect(turns).toBeGreaterThanOrEqual(10);
  });
});
