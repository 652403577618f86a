import { expect, it } from 'vitest';
import { locate } from '../../src/build/verify/regions.ts';
import type { OpenedImage } from '../../src/inspect/image.ts';

const MIB = 1 << 20;
const partition = { number: 1, type: '83', uuid: '', bootable: true, offset: MIB, size: 8 * MIB } as const;
const image = {
  partitionTable: { type: 'dos', id: '0x1', bootCode: { name: 'none' }, partitions: [partition] },
  fileSystems: [{ partition, superblock: { blockSize: 1024 } }],
} as unknown as Pick<OpenedImage, 'partitionTable' | 'fileSystems'>;

it('says what lies in each part of a disk', () => {
  const at = (position: number, length = 512) =>
    locate([{ position, length }], image).map(({ where }) => where);
  expect(at(0)).toEqual(['MBR: boot code, disk id, partition table']);
  expect(at(512)).toEqual(['before partition 1']);
  expect(at(MIB)).toEqual(['boot sector of partition 1']);
  expect(at(MIB + 1024)).toEqual(['superblock of partition 1']);
  expect(at(MIB + 5 * 1024 + 512)).toEqual(['file system of partition 1, from block 5']);
  expect(at(9 * MIB)).toEqual(['behind the partitions']);
});

it('cuts a range where another part begins', () => {
  expect(locate([{ position: MIB - 512, length: 3072 }], image)).toEqual([
    { position: MIB - 512, length: 512, where: 'before partition 1' },
    { position: MIB, length: 1024, where: 'boot sector of partition 1' },
    { position: MIB + 1024, length: 1024, where: 'superblock of partition 1' },
    { position: MIB + 2048, length: 512, where: 'file system of partition 1, from block 2' },
  ]);
});

it('knows a disk without partitions', () => {
  expect(locate([{ position: 4096, length: 512 }], { fileSystems: [] })).toEqual([
    { position: 4096, length: 512, where: 'behind the partitions' },
  ]);
});
