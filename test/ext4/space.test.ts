import { check, openWriter } from 'ext2fs-wasm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fill } from '../../src/ext4/fill.ts';
import { type FileSystem, formatOptions } from '../../src/ext4/format-options.ts';
import { bytesPerInode, countInodes, withInodesFor } from '../../src/ext4/inodes.ts';
import { makeFileSystem } from '../../src/ext4/make.ts';
import { MetadataDevice } from '../../src/ext4/metadata-device.ts';
import { isNoSpace } from '../../src/ext4/no-space.ts';
import { type Headroom, smallestFileSystem } from '../../src/ext4/space.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { runs } from '../support/seed.ts';
import { patternContent, syntheticTree } from '../support/synthetic-tree.ts';

const MEBIBYTE = 2 ** 20;
const FILE_SYSTEM: FileSystem = { uuid: '99999999-9999-9999-9999-999999999999', epoch: 1_700_000_000 };

/** What is free when a build of this size is done; undefined when it fails for want of space. */
async function build(
  trees: readonly Tree[],
  size: number,
  fileSystem: FileSystem,
): Promise<{ blocks: number; inodes: number; device: MetadataDevice } | undefined> {
  const device = new MetadataDevice(size);
  try {
    await makeFileSystem(device, formatOptions(fileSystem));
    const writer = await openWriter(device, { epoch: fileSystem.epoch });
    for (const [index, tree] of trees.entries()) await fill(writer, tree, { merge: index > 0 });
    writer.finish();
    const superblock = new Uint8Array(1024);
    device.read(superblock, 1024);
    const view = new DataView(superblock.buffer);
    return { blocks: view.getUint32(0x0c, true), inodes: view.getUint32(0x10, true), device };
  } catch (error) {
    if (isNoSpace(error)) return undefined;
    throw error;
  }
}

/** The property: a build at the computed size does not fail, and at 2 % less it does. */
async function expectSmallest(trees: readonly Tree[], choices: Partial<FileSystem> = {}): Promise<number> {
  const fileSystem = { ...FILE_SYSTEM, ...choices };
  const { size, fileSystem: sized } = await smallestFileSystem(trees, fileSystem, 0);
  expect(await build(trees, size, sized)).toBeDefined();
  const less = Math.floor((size * 0.98) / 512) * 512;
  const entries = trees.reduce((sum, tree) => sum + countInodes([tree], fileSystem), 0);
  expect(await build(trees, less, withInodesFor(fileSystem, less, entries))).toBeUndefined();
  return size;
}

/** A tree whose one file brings it to about `size` bytes. */
const treeOf = (size: number): Tree => syntheticTree(1, 1, () => size);

describe('the smallest file system', () => {
  it.each([
    // Where mke2fs goes over to another profile, journal or group: one below, at, and above.
    ...[1, 2.5, 2.9, 3, 3.2, 7, 8, 9, 12, 100, 123, 126, 128, 131, 135, 240, 250, 256, 260].map((size) => [
      size,
    ]),
    ...[460, 470, 480, 490, 500, 512, 1000, 1010, 1024, 1100, 2030, 2048, 5 * 1024].map((size) => [size]),
  ])('holds %s MiB, and two percent less does not', async (size) => {
    await expectSmallest([treeOf(Math.floor(size * MEBIBYTE))]);
  });

  it.each<[string, Partial<FileSystem>]>([
    ['1 KiB blocks', { blockSize: 1024 }],
    ['2 KiB blocks', { blockSize: 2048 }],
    ['no journal', { journal: false }],
    ['a large journal', { journal: 64 * MEBIBYTE }],
    ['ext2', { type: 'ext2' }],
    ['ext3', { type: 'ext3', blockSize: 1024 }],
    ['small inodes', { inodeSize: 128 }],
    ['many inodes', { inodes: 200_000 }],
    ['a generous ratio of inodes', { bytesPerInode: 1024 }],
    ['a mean ratio of inodes', { bytesPerInode: 65_536 }],
    ['no room to grow', { features: ['^resize_inode', '^64bit'] }],
  ])('is the smallest with %s', async (_name, choices) => {
    await expectSmallest([syntheticTree(3000, 40, (index) => (index * 7919) % 30_000)], choices);
  });

  it('is the smallest for random trees', async () => {
    const trees = fc.record({
      files: fc.integer({ min: 0, max: 1500 }),
      folders: fc.integer({ min: 1, max: 100 }),
      step: fc.integer({ min: 1, max: 100_000 }),
      largest: fc.constantFrom(100, 5000, 70_000, 400_000),
      blockSize: fc.constantFrom(1024, 2048, 4096),
      bulk: fc.constantFrom(0, 100 * MEBIBYTE, 480 * MEBIBYTE),
    });
    const property = fc.asyncProperty(trees, async ({ files, folders, step, largest, blockSize, bulk }) => {
      const tree = syntheticTree(files, folders, (index) => (index * step) % largest);
      tree.set('/bulk', fileEntry(patternContent(bulk), metadata({ origin: 'test' })));
      await expectSmallest([tree], { blockSize: blockSize as 1024 | 2048 | 4096 });
    });
    await fc.assert(property, { numRuns: runs(25) });
  });

  it.each<[Headroom, number]>([
    ['10%', 0.1],
    ['50%', 0.5],
  ])('leaves %s of what is used', async (headroom, share) => {
    const tree = syntheticTree(4000, 20, () => 10_000);
    const { size, fileSystem } = await smallestFileSystem([tree], FILE_SYSTEM, headroom);
    const left = (await build([tree], size, fileSystem))!;
    const blocks = 4000 * 3;
    expect(left.blocks).toBeGreaterThan(blocks * share);
    expect(left.blocks).toBeLessThan(blocks * share + size / 4096 / 100);
    expect(left.inodes).toBeGreaterThanOrEqual(4020 * share);
  });

  it('leaves a headroom in bytes', async () => {
    const tree = syntheticTree(50, 5, () => 100_000);
    const { size, fileSystem } = await smallestFileSystem([tree], FILE_SYSTEM, 64 * MEBIBYTE);
    const left = (await build([tree], size, fileSystem))!;
    expect(left.blocks).toBeGreaterThanOrEqual((64 * MEBIBYTE) / 4096);
    expect(left.blocks).toBeLessThan((65 * MEBIBYTE) / 4096);
    expect(left.inodes).toBeGreaterThanOrEqual((64 * MEBIBYTE) / 16_384);
  });

  it('of 5,000 empty files has inodes for them, and mke2fs’s number where that is more', async () => {
    const tree = syntheticTree(5000, 1, () => 0);
    const { size, fileSystem } = await smallestFileSystem([tree], FILE_SYSTEM, '10%');
    expect(fileSystem.inodes).toBeGreaterThanOrEqual(5500);
    expect(size).toBeLessThan(4 * MEBIBYTE);
    expect((await build([tree], size, fileSystem))!.inodes).toBeGreaterThanOrEqual(500);
    expect(
      (await smallestFileSystem([treeOf(20 * MEBIBYTE)], FILE_SYSTEM, 0)).fileSystem.inodes,
    ).toBeUndefined();
  });

  it('of 100,000 empty files is the smallest, whatever mke2fs says where the journal has no place', async () => {
    await expectSmallest([syntheticTree(100_000, 1, () => 0)]);
  });

  it('is whole MiB from 256 MiB on, and finer below', async () => {
    expect((await expectSmallest([treeOf(300 * MEBIBYTE)])) % MEBIBYTE).toBe(0);
    expect((await expectSmallest([treeOf(10 * MEBIBYTE)])) % 32_768).toBe(0);
  });

  it('counts hard links once, and the boot files on top', async () => {
    const tree = treeOf(10 * MEBIBYTE);
    tree.set('/again', tree.get('/d0/file-0')!);
    expect(await expectSmallest([tree])).toBe(await expectSmallest([treeOf(10 * MEBIBYTE)]));
    const boot = new Tree();
    boot.set('/d0/kernel', fileEntry(patternContent(7 * MEBIBYTE), metadata({ origin: 'test' })));
    expect(await expectSmallest([tree, boot])).toBeGreaterThan(17 * MEBIBYTE);
  });

  it('refuses a number of inodes that is too small, and names the directories', async () => {
    const tree = syntheticTree(5000, 3, () => 10);
    await expect(smallestFileSystem([tree], { ...FILE_SYSTEM, inodes: 1000 }, 0)).rejects.toMatchObject({
      code: 'RB_EXT4_NO_SPACE',
      message: expect.stringMatching(
        /^the root does not fit in 1000 inodes: it needs 500\d; .*\n +1667 \/d0\n/,
      ),
    });
  });
});

describe('the number of inodes', () => {
  it.each([1, 2.99, 3, 100, 511, 512, 2000].map((size) => [size]))(
    'of mke2fs is known: %s MiB',
    async (size) => {
      const bytes = Math.floor(size * MEBIBYTE);
      const ratio = Math.floor(bytes / bytesPerInode(FILE_SYSTEM, bytes));
      const free = (await build([new Tree()], bytes, FILE_SYSTEM))!.inodes;
      expect(free).toBeGreaterThanOrEqual(ratio - 11);
      expect(free).toBeLessThanOrEqual(ratio + 16 * Math.ceil(size / 128));
    },
  );

  it('is not touched where it was chosen', () => {
    expect(withInodesFor({ ...FILE_SYSTEM, inodes: 16 }, MEBIBYTE, 5000)).toMatchObject({ inodes: 16 });
    expect(withInodesFor({ ...FILE_SYSTEM, bytesPerInode: 65_536 }, MEBIBYTE, 5000)).not.toHaveProperty(
      'inodes',
    );
    expect(withInodesFor(FILE_SYSTEM, MEBIBYTE, 5000)).toMatchObject({ inodes: 5012 });
  });
});

describe('a device for metadata', () => {
  it('reads what was written, and zeros elsewhere', () => {
    const device = new MetadataDevice(16 * 2 ** 40);
    const bytes = Uint8Array.from({ length: 10_000 }, (_, index) => index + 1);
    const offset = 15 * 2 ** 40 + 4000;
    device.write(bytes, offset);
    const read = (start: number, length: number): Uint8Array => {
      const target = new Uint8Array(length).fill(7);
      device.read(target, start);
      return target;
    };
    expect(read(offset, 10_000)).toEqual(bytes);
    expect(read(offset - 5000, 5000)).toEqual(new Uint8Array(5000));
    device.zero(offset + 1000, 5000);
    expect(read(offset + 1000, 5000)).toEqual(new Uint8Array(5000));
    expect(read(offset, 1000)).toEqual(bytes.subarray(0, 1000));
    expect(read(offset + 6000, 4000)).toEqual(bytes.subarray(6000));
    device.zero(0, device.size);
    expect(read(offset, 10_000)).toEqual(new Uint8Array(10_000));
  });

  it('holds a file system of 16 TiB, which e2fsck finds clean', async () => {
    const tree = syntheticTree(10, 2, () => 5000);
    tree.set('/large', fileEntry(patternContent(15 * 2 ** 40), metadata({ origin: 'test' })));
    const built = await build([tree], 16 * 2 ** 40, { ...FILE_SYSTEM, bytesPerInode: 64 * MEBIBYTE });
    expect(await check(built!.device)).toMatchObject({ clean: true });
  });
});
