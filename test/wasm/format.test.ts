import { check, Ext2fsError, type FormatOptions, featureNames, format, memoryDevice } from 'ext2fs-wasm';
import { describe, expect, it } from 'vitest';
import { epoch, MiB, uuid } from './support.ts';

const superblock = (image: Uint8Array): DataView => new DataView(image.buffer, 1024, 1024);

async function formatOf(size: number, options: Partial<FormatOptions> = {}): Promise<Uint8Array> {
  const image = new Uint8Array(size);
  await format(memoryDevice(image), { uuid, epoch, ...options });
  return image;
}

describe('format', () => {
  it.each<[string, number, Partial<FormatOptions>]>([
    ['ext4', 16 * MiB, {}],
    ['ext4 without a journal', 8 * MiB, { journalMiB: false }],
    ['ext4 with 4 KiB blocks', 64 * MiB, { blockSize: 4096, journalMiB: 4, features: ['^64bit'] }],
    ['ext3', 32 * MiB, { type: 'ext3' }],
    ['ext2', 2 * MiB, { type: 'ext2', blockSize: 2048 }],
    ['a size that is no multiple of the page', 16 * MiB + 1024, { blockSize: 1024 }],
  ])('makes a clean file system: %s', async (_name, size, options) => {
    const result = await check(memoryDevice(await formatOf(size, options)));
    expect(result).toMatchObject({ clean: true, exitCode: 0 });
  });

  it('puts the given values into the superblock', async () => {
    const view = superblock(
      await formatOf(64 * MiB, { blockSize: 4096, inodes: 4096, label: 'røøt', reservedPercent: 1 }),
    );
    expect(view.getUint16(56, true)).toBe(0xef53); // s_magic
    expect(view.getUint32(0, true)).toBe(4096); // s_inodes_count
    expect(view.getUint32(4, true)).toBe((64 * MiB) / 4096); // s_blocks_count_lo
    expect(view.getUint32(8, true)).toBe(163); // s_r_blocks_count_lo: one percent
    expect(view.getUint32(48, true)).toBe(epoch); // s_wtime
    expect(new TextDecoder().decode(new Uint8Array(view.buffer, 1024 + 120, 6))).toBe('røøt');
    expect(view.getUint32(104, true)).toBe(0x99999999); // s_uuid
  });

  it('derives the hash seed from the uuid unless it is given', async () => {
    const seed = async (options: Partial<FormatOptions>): Promise<string> =>
      Buffer.from((await formatOf(8 * MiB, options)).subarray(1024 + 236, 1024 + 252)).toString('hex');
    const given = '01234567-89ab-cdef-0123-456789abcdef';
    expect(await seed({ hashSeed: given })).toBe(given.replaceAll('-', ''));
    expect(await seed({})).toBe(await seed({ label: 'other' }));
    expect(await seed({})).not.toBe(await seed({ uuid: given }));
  });

  it.each<[string, number, number, number, Partial<FormatOptions>]>([
    ['small inodes', 88, 2, 128, { inodeSize: 128 }],
    ['no reserve', 8, 4, 0, { reservedPercent: 0 }],
    ['a ratio of inodes', 0, 4, 64 * 8, { bytesPerInode: 16_384 }],
  ])('takes %s', async (_name, offset, width, value, options) => {
    const view = superblock(await formatOf(8 * MiB, options));
    expect(width === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true)).toBe(value);
  });

  it('gives equal bytes for equal options, and others for another uuid or epoch', async () => {
    const first = await formatOf(8 * MiB);
    expect(Buffer.compare(await formatOf(8 * MiB), first)).toBe(0);
    expect(Buffer.compare(await formatOf(8 * MiB, { epoch: epoch + 1 }), first)).not.toBe(0);
    const other = await formatOf(8 * MiB, { uuid: '99999999-9999-9999-9999-99999999999a' });
    const seed = (image: Uint8Array): string =>
      Buffer.from(image.subarray(1024 + 236, 1024 + 252)).toString('hex');
    expect(seed(other)).not.toBe(seed(first));
  });

  it('clears what lay in the way of its metadata', async () => {
    const image = new Uint8Array(16 * MiB).fill(0xa5);
    await format(memoryDevice(image), { uuid, epoch });
    expect(await check(memoryDevice(image))).toMatchObject({ clean: true });
  });

  it.each<[string, Partial<FormatOptions>]>([
    ['uuid', { uuid: 'nonsense' }],
    ['hashSeed', { hashSeed: 'nonsense' }],
    ['epoch', { epoch: -1 }],
    ['label', { label: 'seventeen letters' }],
    ['label', { label: 'a\0b' }],
    ['type', { type: 'ext5' as 'ext4' }],
    ['blockSize', { blockSize: 8192 as 4096 }],
    ['inodeSize', { inodeSize: 512 as 256 }],
    ['inodes', { inodes: 0 }],
    ['inodes', { inodes: 2 ** 32 }],
    ['bytesPerInode', { bytesPerInode: 512 }],
    ['reservedPercent', { reservedPercent: 51 }],
    ['reservedPercent', { reservedPercent: Number.NaN }],
    ['journalMiB', { journalMiB: 0.5 }],
    ['journalMiB', { blockSize: 4096, journalMiB: 3 }],
    ['a feature of ext2, ext3 or ext4: "a,b", "^has_jurnal"', { features: ['a,b', '^has_jurnal', '^64bit'] }],
  ])('refuses a wrong %s', async (name, options) => {
    const failure = formatOf(8 * MiB, options);
    await expect(failure).rejects.toThrow(RangeError);
    await expect(failure).rejects.toThrow(name);
  });

  it.each(featureNames.flatMap((name) => [name, `^${name}`]))(
    'knows the feature %s as mke2fs does',
    async (name) => {
      const options = { features: [name], journalMiB: false as const };
      const output = await formatOf(8 * MiB, options).then(
        () => '',
        ({ message }: Error) => message,
      );
      expect(output).not.toContain('Invalid filesystem option');
    },
  );

  it("fails with mke2fs's words", async () => {
    const failure = formatOf(8 * MiB, { features: ['meta_bg'] });
    await expect(failure).rejects.toThrow(Ext2fsError);
    await expect(failure).rejects.toMatchObject({
      code: 'MKE2FS_FAILED',
      message: expect.stringContaining('resize_inode and meta_bg'),
    });
    await expect(formatOf(16 * 1024)).rejects.toMatchObject({ code: 'MKE2FS_FAILED' });
  });
});

describe('check', () => {
  it('finds damage, repairs it, and the same way each time', async () => {
    const image = await formatOf(16 * MiB);
    const damaged = image.slice();
    damaged.fill(0xff, 2048, 2048 + 64); // the first group descriptor (1 KiB blocks)
    const untouched = damaged.slice();
    expect(await check(memoryDevice(damaged))).toMatchObject({ clean: false });
    expect(Buffer.compare(damaged, untouched)).toBe(0);
    expect(await check(memoryDevice(damaged), { repair: true })).toMatchObject({ clean: true, exitCode: 1 });
    expect(await check(memoryDevice(damaged))).toMatchObject({ clean: true, exitCode: 0 });
    await check(memoryDevice(untouched), { repair: true });
    expect(Buffer.compare(damaged, untouched)).toBe(0);
  });
  it('is not clean where there is no file system', async () => {
    const result = await check(memoryDevice(new Uint8Array(MiB)));
    expect(result.clean).toBe(false);
    expect(result.output).toContain('Bad magic number');
    expect(await check(memoryDevice(new Uint8Array(512)))).toMatchObject({ clean: false });
  });
});
