/** What blocks are used for, against what dumpe2fs and debugfs say of file systems that mke2fs made. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlockDevice } from 'ext2fs-wasm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBlockUse, sumBlockUse } from '../../src/ext4/block-use.ts';
import type { BlockUse } from '../../src/ext4/group-layout.ts';
import { judge, oracle } from '../support/oracle.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rb-block-use-'));
  writeFileSync(join(folder, 'file'), new Uint8Array(3_000_000).fill(7));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Options of mke2fs, the last being the size. */
const CASES: readonly (readonly string[])[] = [
  ['-t', 'ext4', '64M'],
  ['-t', 'ext4', '-b', '1024', '40M'],
  ['-t', 'ext4', '-O', 'bigalloc', '-C', '16384', '256M'],
  ['-t', 'ext4', '-O', 'meta_bg,^resize_inode', '-b', '1024', '-g', '1024', '100M'],
  ['-t', 'ext4', '-O', 'sparse_super2', '-g', '2048', '-b', '4096', '64M'],
  ['-t', 'ext4', '-O', '^metadata_csum,uninit_bg,^64bit,^flex_bg', '-b', '4096', '600M'],
  ['-t', 'ext3', '300M'],
  ['-t', 'ext2', '-O', '^sparse_super,^resize_inode', '-b', '1024', '60M'],
];

oracle({ tools: ['mke2fs', 'dumpe2fs', 'debugfs'] })('block use', () => {
  it.each(CASES.map((options) => [options.join(' '), options] as const))('mke2fs %s', async (_, options) => {
    const path = join(folder, 'image');
    rmSync(path, { force: true });
    judge('mke2fs', ['-q', '-F', ...options.slice(0, -1), path, options.at(-1)!]);
    judge('debugfs', ['-w', '-R', `write ${folder}/file file`, path]);
    const dump = judge('dumpe2fs', [path]);
    const number = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(dump)?.[1] ?? 1);
    const blockSize = number('Block size');
    const runs = await readBlockUse(device(path, number('Block count') * blockSize));

    let end = 0;
    for (const { offset, length } of runs) {
      expect(offset).toBe(end);
      end = offset + length;
    }
    expect(end).toBe(number('Block count') * blockSize);
    expect(sumBlockUse(runs).free).toBe(number('Free blocks') * blockSize);
    // Of the last cluster of a range dumpe2fs tells the first block only.
    const cluster = /^Cluster size/m.test(dump) ? number('Cluster size') / blockSize : 1;
    const beginsCluster = (block: number): boolean => block % cluster === 0;
    const free = blocksOf(runs, 'free', blockSize);
    expect(free.filter(beginsCluster)).toEqual(freeBlocks(dump).filter(beginsCluster));
    expect(blocksOf(runs, 'inodes', blockSize)).toEqual(ranges(dump, /Inode table at (\d+)(?:-(\d+))?/g));
    const bitmaps = [
      ...ranges(dump, /Block bitmap at (\d+)()/g),
      ...ranges(dump, /Inode bitmap at (\d+)()/g),
    ].sort((a, b) => a - b);
    expect(blocksOf(runs, 'bitmaps', blockSize)).toEqual(bitmaps);
    const supers = new Set([
      ...Array.from({ length: number('First block') }, (_, block) => block),
      ...ranges(dump, /(?:Primary|Backup) superblock at (\d+)()/g),
      ...ranges(dump, /Group descriptors? at (\d+)(?:-(\d+))?/g),
      ...ranges(dump, /Reserved GDT blocks at (\d+)(?:-(\d+))?/g),
    ]);
    expect(blocksOf(runs, 'superblock', blockSize)).toEqual([...supers].sort((a, b) => a - b));
    const journal = options.includes('ext2') ? '' : judge('debugfs', ['-R', 'blocks <8>', path]);
    const listed = new Set(journal.trim().split(/\s+/).filter(Boolean).map(Number));
    const ours = blocksOf(runs, 'journal', blockSize);
    expect(ours.length > 0).toBe(!options.includes('ext2'));
    expect(ours.filter((block) => !listed.has(block))).toEqual([]);
  });
});

function device(path: string, size: number): BlockDevice {
  const refuse = (): never => {
    throw new Error('nothing is written');
  };
  const read = (target: Uint8Array, offset: number): void => {
    const fd = openSync(path, 'r');
    readSync(fd, target, 0, target.length, offset);
    closeSync(fd);
  };
  return { size, read, write: refuse, zero: refuse };
}

function blocksOf(
  runs: Awaited<ReturnType<typeof readBlockUse>>,
  wanted: BlockUse,
  blockSize: number,
): number[] {
  return runs
    .filter(({ use }) => use === wanted)
    .flatMap(({ offset, length }) => span(offset / blockSize, (offset + length) / blockSize - 1));
}

function freeBlocks(dump: string): number[] {
  return [...dump.matchAll(/^ {2}Free blocks: (\S.*)$/gm)].flatMap(([, list]) =>
    list!.split(', ').flatMap((part) => {
      const [from, to = from] = part.split('-').map(Number);
      return span(from!, to!);
    }),
  );
}

function ranges(dump: string, pattern: RegExp): number[] {
  const all = [...dump.matchAll(pattern)].flatMap(([, from, to]) => span(Number(from), Number(to || from)));
  return all.sort((a, b) => a - b);
}

function span(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
