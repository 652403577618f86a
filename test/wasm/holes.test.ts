import { type BlockDevice, check, format, openWriter } from 'ext2fs-wasm';
import { describe, expect, it } from 'vitest';
import { blockRanges } from '../../wasm/src/data-ranges.ts';
import { attributes, bytes, epoch, formatted, MiB, sparseDevice, uuid } from './support.ts';

describe('blockRanges', () => {
  it('rounds outwards and joins what meets', () => {
    expect(blockRanges(100_000, [], 4096)).toEqual([]);
    expect(blockRanges(100_000, [{ position: 0, length: 100_000 }], 4096)).toEqual([0, 25]);
    const near = [
      { position: 1, length: 1 },
      { position: 3000, length: 0 },
      { position: 4000, length: 97 },
      { position: 8192, length: 1 },
      { position: 20_000, length: 1 },
    ];
    expect(blockRanges(100_000, near, 4096)).toEqual([0, 3, 4, 1]);
  });
  it.each([
    [
      'overlap',
      [
        { position: 0, length: 10 },
        { position: 9, length: 1 },
      ],
    ],
    [
      'go back',
      [
        { position: 50, length: 10 },
        { position: 0, length: 1 },
      ],
    ],
    ['pass the end', [{ position: 90, length: 11 }]],
    ['are negative', [{ position: -1, length: 1 }]],
    ['are no numbers of bytes', [{ position: 0.5, length: 1 }]],
  ])('refuses ranges that %s', (_name, data) => {
    expect(() => blockRanges(100, data, 1024)).toThrow(RangeError);
  });
});

describe.each(['ext2', 'ext3', 'ext4'] as const)('a file with holes on %s', (type) => {
  it.each([1024, 4096] as const)('keeps its extents at their positions (blocks of %i)', async (blockSize) => {
    const { device, writer } = await formatted(64 * MiB, { type, blockSize });
    const k = blockSize;
    const before = writer.free.blocks;
    const data = [
      { position: 0, length: 1 },
      { position: 11 * k, length: 3 * k },
      { position: 500 * k + 7, length: k },
      { position: 90_000 * k, length: 100 * k },
    ];
    const { extents } = writer.createFile(writer.root, bytes('f'), attributes(), 100_000 * k, { data });
    expect(extents.map(({ position, length }) => [position / k, length / k])).toEqual([
      [0, 1],
      [11, 3],
      [500, 2],
      [90_000, 100],
    ]);
    for (const [index, extent] of extents.entries()) {
      expect(extent.offset % k).toBe(0);
      if (index > 0) expect(extent.offset).toBe(extents[index - 1]!.offset + extents[index - 1]!.length);
    }
    const meta = before - writer.free.blocks - 106;
    if (type === 'ext4') expect(meta).toBe(0);
    else expect(meta).toBeGreaterThan(0);
    const hole = writer.createFile(writer.root, bytes('hole'), attributes(), 70_000 * k + 1, { data: [] });
    expect(hole.extents).toEqual([]);
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
  });
});

describe('the largest files', () => {
  const data = (position: number): { data: { position: number; length: number }[] } => ({
    data: [{ position, length: 1 }],
  });
  const tooBig = expect.objectContaining({ code: 'EXT2_ET_FILE_TOO_BIG', errno: 27 });

  async function open(type: 'ext2' | 'ext4', blockSize: 1024 | 4096) {
    const device: BlockDevice = sparseDevice(64 * MiB);
    await format(device, { uuid, epoch, type, blockSize });
    return { device, writer: await openWriter(device, { epoch }) };
  }

  it.each([1024, 4096] as const)('ext4 with blocks of %i: 2^32 - 1 blocks', async (blockSize) => {
    const { device, writer } = await open('ext4', blockSize);
    const size = (2 ** 32 - 1) * blockSize;
    const file = writer.createFile(writer.root, bytes('f'), attributes(), size, data(size - 1));
    expect(file.extents).toMatchObject([{ position: size - blockSize, length: blockSize }]);
    expect(() => writer.createFile(writer.root, bytes('g'), attributes(), size + 1, { data: [] })).toThrow(
      tooBig,
    );
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
  });

  it.each([1024, 4096] as const)('ext2 with blocks of %i: three levels', async (blockSize) => {
    const { device, writer } = await open('ext2', blockSize);
    const per = blockSize / 4;
    const size = (12 + per + per ** 2 + per ** 3) * blockSize;
    const before = writer.free.blocks;
    writer.createFile(writer.root, bytes('f'), attributes(), size, data(size - 1));
    expect(before - writer.free.blocks).toBe(4);
    expect(() => writer.createFile(writer.root, bytes('g'), attributes(), size + 1, { data: [] })).toThrow(
      tooBig,
    );
    writer.finish();
    expect(await check(device)).toMatchObject({ clean: true, exitCode: 0 });
  });
});
