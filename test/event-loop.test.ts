/** Long work in this thread lets the event loop turn: a count of its turns tells, no clock. */

import * as nodeFs from 'node:fs';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copySparse } from '../src/disk/copy-sparse.ts';
import { decompressStream } from '../src/formats/compression/index.ts';
import { readTarInPlace, treeDigest, writeTar } from '../src/formats/tar/index.ts';
import { readDirectory } from '../src/sources/directory.ts';
import { folderIdentity } from '../src/store/folder-identity.ts';
import { bytesContent } from '../src/tree/content.ts';
import { judge, oracle } from './support/oracle.ts';
import { tarBlocks } from './support/tar-blocks.ts';

const FILES = 6000;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-event-loop-'));
  mkdirSync(join(folder, 'root'));
  for (let index = 0; index < FILES; index += 1) writeFileSync(join(folder, `root/${index}`), '');
  writeFileSync(join(folder, 'large'), Buffer.alloc(40 << 20, 'large'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** How often the event loop turns until the work is done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const turn = (): void => {
    turns += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  isDone = true;
  return turns;
}

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
