/** Work on large trees lets the event loop turn, and ends when a signal is aborted: counted in turns, by no clock. */

import { type BlockDevice, openReader } from 'ext2fs-wasm';
import { describe, expect, test } from 'vitest';
import { chooseEpoch } from '../src/cook/epoch.ts';
import { applyOwnerRules } from '../src/cook/owner-rules.ts';
import { readTree } from '../src/ext4/read.ts';
import { parseDependencies } from '../src/formats/apk/index.ts';
import { readCpioInPlace, writeCpio } from '../src/formats/cpio/index.ts';
import { readTar, readTarInPlace, treeDigest, writeTar } from '../src/formats/tar/index.ts';
import { breather } from '../src/host.ts';
import { formatListing } from '../src/inspect/listing.ts';
import { renderPage } from '../src/report/page/page.ts';
import { reportData } from '../src/report/report-data.ts';
import { ChangeList } from '../src/sources/alpine/changes.ts';
import { PackageTable } from '../src/sources/alpine/package-table.ts';
import { Problem } from '../src/sources/alpine/problem.ts';
import { Solver } from '../src/sources/alpine/solver.ts';
import { Universe } from '../src/sources/alpine/universe.ts';
import { bytesContent, memorySink, textContent } from '../src/tree/content.ts';
import { fileEntry, metadata } from '../src/tree/entry.ts';
import { layer } from '../src/tree/layer.ts';
import { treeTotals } from '../src/tree/totals.ts';
import { Tree } from '../src/tree/tree.ts';
import { tarBlocks } from './support/tar-blocks.ts';
import { treeImage } from './support/tree-image.ts';
import { slowHost, turnsDuring } from './support/turns.ts';
import { attributes, formatted, MiB } from './wasm/support.ts';

const FILES = 6000;
const meta = metadata({ mode: 0o755, origin: 'test' });

/** As many files in one directory, some of which are large. */
function largeTree(count = FILES): Tree {
  const tree = new Tree(meta);
  for (let index = 0; index < count; index += 1) {
    const content = index < 20 ? bytesContent(new Uint8Array(1 << 20)) : textContent('x');
    tree.root.children.set(`f${index}`, fileEntry(content, meta));
  }
  return tree;
}

const largeTar = (): Uint8Array =>
  tarBlocks(Array.from({ length: FILES }, (_, index) => ({ name: `f${index}`, body: 'x' })));

/** A file system with as many names in one directory, in no order. */
async function largeDirectory(): Promise<BlockDevice> {
  const { device, writer } = await formatted(24 * MiB, { inodes: FILES + 100 });
  const many = writer.mkdir(writer.root, Buffer.from('many'), attributes());
  for (let index = 0; index < FILES; index += 1) {
    writer.mknod(many, Buffer.from(`${(index * 7919) % FILES}`), attributes(), 'fifo');
  }
  writer.finish();
  return device;
}

test('while a large directory of an ext4 file system is listed in parts, and read', async () => {
  const device = await largeDirectory();
  const reader = await openReader(device);
  const steps = [...reader.walkInParts('/many')];
  const paths = steps.flatMap((item) => (item ? [Buffer.from(item.path).toString()] : []));
  expect(steps.length - paths.length).toBeGreaterThanOrEqual(FILES / 1000);
  const names = Array.from({ length: FILES }, (_, index) => `/many/${index}`);
  expect(paths).toEqual(['/many', ...names.sort()]);
  expect([...reader.walk('/many')]).toEqual(steps.filter((item) => item !== undefined));
  expect(await turnsDuring(() => readTree(device, { origin: 'test' }))).toBeGreaterThanOrEqual(10);
});

test('while a cpio archive is written, and read', async () => {
  const chunks: Uint8Array[] = [];
  const written = async (): Promise<void> => {
    for await (const chunk of writeCpio(largeTree())) chunks.push(chunk);
  };
  expect(await turnsDuring(written)).toBeGreaterThanOrEqual(4);
  const archive = bytesContent(Buffer.concat(chunks));
  const read = (): Promise<number> => readCpioInPlace(new Tree(), archive, { origin: 'test' });
  expect(await turnsDuring(read)).toBeGreaterThanOrEqual(4);
});

test('while trees are laid over one another by the library', async () => {
  expect(await turnsDuring(() => layer(new Tree(), largeTree()))).toBeGreaterThanOrEqual(2);
});

const STEPS = 200;

/** Packages that need each other in a ring. */
function alpineRing(): Universe {
  const records = Array.from(
    { length: STEPS },
    (_, index) => `C:${index}\nP:p${index}\nV:1\nI:1\nD:p${(index + 1) % STEPS}\n`,
  );
  return new Universe([{ index: new PackageTable(Buffer.from(records.join('\n'))) }], Buffer.alloc(0));
}

/** A root with apk's database of as many packages. */
function alpineTree(): Tree {
  const tree = largeTree(STEPS);
  const text = Array.from({ length: STEPS }, (_, index) => `P:p${index}\nV:1\nA:x86_64\nL:MIT\n\n`).join('');
  tree.set('/lib/apk/db/installed', fileEntry(textContent(text), meta), meta);
  return tree;
}

test.each<[string, (pause: ReturnType<typeof breather>) => Promise<unknown>]>([
  ['packages of Alpine are found', (pause) => Problem.of(alpineRing(), parseDependencies('p0'), pause)],
  [
    'changes of Alpine packages are put in order',
    async (pause) => {
      const solver = new Solver(await Problem.of(alpineRing(), parseDependencies('p0'), () => undefined));
      await solver.run(() => undefined);
      return await ChangeList.of(solver.problem, pause);
    },
  ],
  [
    'a tree is listed',
    (pause) => {
      const tree = largeTree(STEPS);
      const start = { path: '/', name: '', entry: tree.root };
      return formatListing(tree, start, { long: true }, pause);
    },
  ],
  [
    'a report shows packages',
    async (pause) => await renderPage(await reportData(treeImage(alpineTree()), {}, slowHost()), pause),
  ],
  [
    'owners are set',
    (pause) => applyOwnerRules(largeTree(STEPS), [{ path: '/', owner: '0:0', recursive: true }], pause),
  ],
])('while %s, as if each step took long', async (_name, work) => {
  expect(await turnsDuring(() => work(breather(slowHost())))).toBeGreaterThanOrEqual(STEPS);
});

test('while the entries of a tree are counted, and the newest is found', async () => {
  const tree = largeTree();
  const host = slowHost();
  expect(await turnsDuring(() => treeTotals(tree, breather(host)))).toBeGreaterThanOrEqual(10);
  const epoch = (): Promise<number> => chooseEpoch({ ...host, env: {} }, { empty: true }, tree, []);
  expect(await turnsDuring(epoch)).toBeGreaterThanOrEqual(10);
});

describe('an aborted signal ends', () => {
  test.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    ['readTar', (signal) => readTar([largeTar()], memorySink, { origin: 'test', signal })],
    ['readTarInPlace', (signal) => readTarInPlace(bytesContent(largeTar()), { origin: 'test', signal })],
    ['readTree', async (signal) => await readTree(await largeDirectory(), { origin: 'test', signal })],
    ['treeDigest', (signal) => treeDigest(largeTree(), { signal })],
    [
      'writeTar',
      async (signal) => {
        for await (const _ of writeTar(largeTree(), { signal }));
      },
    ],
  ])('%s', async (_name, work) => {
    const controller = new AbortController();
    const aborted = work(controller.signal);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
    await expect(work(AbortSignal.abort())).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
  });

  test('layer, which leaves the tree as it was', async () => {
    const base = new Tree(meta);
    const controller = new AbortController();
    const aborted = layer(base, largeTree(), { signal: controller.signal });
    expect(base.root.children.size).toBeGreaterThan(0);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'RB_INTERRUPTED' });
    expect(base.root.children.size).toBe(0);
  });
});
