import { check, format, openWriter } from 'ext2fs-wasm';
import { expect, it } from 'vitest';
import { attributes, bytes, epoch, MiB, sparseDevice, uuid } from './support.ts';

const GiB = 1024 * MiB;

it('fills a file system of 16 TiB, and memory stays bounded', async () => {
  const device = sparseDevice(16 * 1024 * GiB);
  await format(device, { uuid, epoch, inodes: 1 << 20 });
  const writer = await openWriter(device, { epoch });
  for (let index = 0; index < 20; index++) {
    const { extents } = writer.createFile(writer.root, bytes(`f${index}`), attributes(), 5 * GiB);
    expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(5 * GiB);
  }
  expect(writer.free.blocks * writer.blockSize).toBeGreaterThan(15 * 1024 * GiB);
  writer.finish();
  // Superblock, descriptors and their copies are most of it: 8 MiB in each of 19 groups.
  expect(device.bytesHeld).toBeLessThan(400 * MiB);
  expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
});

it('keeps names, not contents, in memory: 100,000 entries', async () => {
  const device = sparseDevice(GiB);
  await format(device, { uuid, epoch, blockSize: 1024, inodes: 110_000 });
  const writer = await openWriter(device, { epoch });
  for (let outer = 0; outer < 100; outer++) {
    const directory = writer.mkdir(writer.root, bytes(`d${outer}`), attributes({ mode: 0o755 }));
    for (let inner = 0; inner < 1000; inner++) {
      const file = writer.createFile(directory, bytes(`file ${inner}`), attributes(), inner % 3);
      expect(file.extents.length).toBe(inner % 3 ? 1 : 0);
    }
  }
  writer.finish();
  expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
});

it('goes 200 directories deep', async () => {
  const device = sparseDevice(64 * MiB);
  await format(device, { uuid, epoch });
  const writer = await openWriter(device, { epoch });
  let parent = writer.root;
  for (let depth = 0; depth < 200; depth++) {
    parent = writer.mkdir(parent, bytes(`${depth}`.padEnd(200, '_')), attributes({ mode: 0o755 }));
  }
  writer.createFile(parent, bytes('bottom'), attributes(), 1);
  writer.finish();
  expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
});
