import * as nodeFs from 'node:fs';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BlockDevice,
  check,
  fileDevice,
  format,
  memoryDevice,
  openReader,
  openWriter,
} from 'ext2fs-wasm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addSampleTree, attributes, bytes as bytesOf, epoch, formatted, MiB, uuid } from './support.ts';

const imageSize = 16 * MiB;

/** A file system with the sample tree, without checksums, damaged where `damage` says. */
async function image(damage: (bytes: Uint8Array) => void = () => {}): Promise<Uint8Array> {
  const { device, image: bytes, writer } = await formatted(imageSize, { features: ['^metadata_csum'] });
  addSampleTree(device, writer);
  writer.finish();
  damage(bytes);
  return bytes;
}

/** A device that nothing may write to. */
function readOnly(bytes: Uint8Array): BlockDevice {
  const refuse = (): never => {
    throw new Error('it was written to');
  };
  return { ...memoryDevice(bytes), write: refuse, zero: refuse };
}

/** The bytes as a file that is open for reading only. */
function readOnlyFile(bytes: Uint8Array): BlockDevice {
  const folder = mkdtempSync(join(tmpdir(), 'ext2fs-wasm-test-'));
  writeFileSync(join(folder, 'image'), bytes);
  const fd = openSync(join(folder, 'image'), 'r');
  onTestFinished(() => {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  });
  return fileDevice(nodeFs, fd, { size: bytes.length });
}

describe.each<[string, (bytes: Uint8Array) => BlockDevice]>([
  ['a device that refuses to be written', readOnly],
  ['a descriptor that is open for reading', readOnlyFile],
])('%s', (_name, deviceOf) => {
  it('serves to check what is whole', async () => {
    expect(await check(deviceOf(await image()))).toMatchObject({ clean: true, exitCode: 0 });
  });

  it.each<[string, string, (bytes: Uint8Array) => void]>([
    ['a damaged group descriptor', 'trying backup blocks', (bytes) => bytes.fill(0xff, 2048, 2048 + 64)],
    ['a lost superblock', 'trying backup blocks', (bytes) => bytes.fill(0, 1024, 2048)],
    [
      'a journal that has to be replayed',
      'skipping journal recovery',
      (bytes) => {
        const view = new DataView(bytes.buffer);
        view.setUint32(1024 + 96, view.getUint32(1024 + 96, true) | 4, true); // EXT3_FEATURE_INCOMPAT_RECOVER
      },
    ],
  ])('serves to check %s', async (_damage, words, damage) => {
    const { output } = await check(deviceOf(await image(damage)));
    expect(output).toContain(words);
  });

  it('serves to read', async () => {
    const reader = await openReader(deviceOf(await image()));
    expect([...reader.walk()].length).toBeGreaterThan(300);
    const file = reader.lookup('/etc/passwd');
    expect(reader.read(file, new Uint8Array(6000), 0)).toBe(5000);
    reader.close();
  });

  it('fails a repair, a writer and a new file system with its own error', async () => {
    const bytes = await image((damaged) => damaged.fill(0xff, 2048, 2048 + 64));
    const own = /it was written to|EBADF/;
    await expect(check(deviceOf(bytes), { repair: true })).rejects.toThrow(own);
    await expect(format(deviceOf(bytes), { uuid, epoch })).rejects.toThrow(own);
    const writer = await openWriter(deviceOf(await image()), { epoch });
    writer.mkdir(writer.root, bytesOf('x'), attributes());
    expect(() => writer.finish()).toThrow(own);
  });
});

describe('a device of an odd size', () => {
  it.each([0, 1, 511, 1024, 1025, 60 * 1024])('of %i bytes is too small, and said to be', async (size) => {
    const device = memoryDevice(new Uint8Array(size));
    await expect(format(device, { uuid, epoch })).rejects.toMatchObject({ code: 'MKE2FS_FAILED' });
    expect((await check(device)).clean).toBe(false);
    await expect(openReader(device)).rejects.toMatchObject({ name: 'Ext2fsError' });
    await expect(openWriter(device, { epoch })).rejects.toMatchObject({ name: 'Ext2fsError' });
  });

  it.each([1, 511, 1023, 4095])('takes %i bytes behind the last whole block as none', async (rest) => {
    const bytes = new Uint8Array(8 * MiB + rest).fill(0xa5, 8 * MiB);
    const device = memoryDevice(bytes);
    await format(device, { uuid, epoch, blockSize: 4096 });
    expect(await check(device)).toMatchObject({ clean: true });
    const { superblock } = await openReader(device);
    expect(superblock.blocks).toBe((8 * MiB) / 4096);
    expect(bytes.subarray(8 * MiB).every((byte) => byte === 0xa5)).toBe(true);
  });
});
