import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeMbr, encodeMbr, singleLinuxPartition } from '../../src/formats/mbr-partition/index.ts';
import { findTool, judge, oracle } from '../support/oracle.ts';

const MIB = 1 << 20;
const DISK_ID = 0x9a8b7c6d;
const SIZES: ReadonlyArray<readonly [string, number]> = [
  ['24 MiB', 24 * MIB],
  ['96 MiB', 96 * MIB],
  ['128 MiB and three sectors', 128 * MIB + 3 * 512],
  ['500 MB, no multiple of a sector', 500_000_001],
  ['2 GiB', 2048 * MIB],
  ['just below cylinder 1024', 255 * 63 * 1024 * 512],
  ['just above cylinder 1023', 255 * 63 * 1024 * 512 + 512],
  ['20 GiB', 20480 * MIB],
];

oracle({ tools: ['fdisk', 'sfdisk'] })('the partition table and util-linux', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-mbr-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const sparse = (name: string, size: number): string => {
    const path = join(folder, name);
    writeFileSync(path, '');
    truncateSync(path, size);
    return path;
  };
  const firstSector = (path: string): Buffer => {
    const sector = Buffer.alloc(512);
    readSync(openSync(path, 'r'), sector, 0, 512, 0);
    return sector;
  };

  it.each(SIZES)('equals what fdisk writes on %s', (name, diskSize) => {
    const path = sparse(`fdisk ${name}`, diskSize);
    const keys = ['o', 'n', 'p', '1', '2048', '', 'a', 'x', 'i', `0x${DISK_ID.toString(16)}`, 'r', 'w', ''];
    const run = spawnSync(findTool('fdisk') ?? 'fdisk', [path], { input: keys.join('\n'), encoding: 'utf8' });
    expect(run.status, run.stdout + run.stderr).toBe(0);
    const ours = encodeMbr(singleLinuxPartition({ diskSize, diskId: DISK_ID }));
    expect(Buffer.from(ours).toString('hex')).toBe(firstSector(path).toString('hex'));
  });

  it.each(SIZES)('is read by sfdisk on %s', (name, diskSize) => {
    const path = sparse(`ours ${name}`, diskSize);
    const table = singleLinuxPartition({ diskSize, diskId: DISK_ID });
    writeSync(openSync(path, 'r+'), encodeMbr(table), 0, 512, 0);
    const { partitiontable } = JSON.parse(judge('sfdisk', ['--json', path]));
    expect(partitiontable).toMatchObject({ label: 'dos', id: '0x9a8b7c6d', sectorsize: 512 });
    expect(partitiontable.partitions).toEqual([
      {
        node: expect.any(String),
        start: 2048,
        size: table.partitions[0]?.sectorCount,
        type: '83',
        bootable: true,
      },
    ]);
  });

  it('decodes a table of four partitions made by sfdisk', () => {
    const path = sparse('four', 64 * MIB);
    const script = [
      'label: dos',
      'label-id: 0x00000042',
      '2048,4096,83',
      '6144,2048,82',
      '8192,8192,c,*',
      '16384,,83',
    ];
    const run = spawnSync(findTool('sfdisk') ?? 'sfdisk', [path], { input: script.join('\n') });
    expect(run.status, String(run.stderr)).toBe(0);
    const decoded = decodeMbr(firstSector(path));
    expect(decoded.diskId).toBe(0x42);
    expect(decoded.partitions).toEqual([
      { index: 0, bootable: false, type: 0x83, firstSector: 2048, sectorCount: 4096 },
      { index: 1, bootable: false, type: 0x82, firstSector: 6144, sectorCount: 2048 },
      { index: 2, bootable: true, type: 0x0c, firstSector: 8192, sectorCount: 8192 },
      { index: 3, bootable: false, type: 0x83, firstSector: 16384, sectorCount: 114688 },
    ]);
    expect(Buffer.from(encodeMbr(decoded)).toString('hex')).toBe(firstSector(path).toString('hex'));
  });
});
