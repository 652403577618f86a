import { describe, expect, it } from 'vitest';
import type { Partition, PartitionTable } from '../../src/inspect/disk.ts';
import { diskMap } from '../../src/report/disk-map.ts';

const MEBIBYTE = 1 << 20;

function part(number: number, offset: number, size: number, over: Partial<Partition> = {}): Partition {
  return { number, type: '83', uuid: `1-0${number}`, bootable: false, offset, size, ...over };
}

function map(type: PartitionTable['type'], size: number, ...partitions: Partition[]): string[] {
  const made = diskMap({ type, id: '0x1', bootCode: { name: 'none' }, partitions }, size);
  let end = 0;
  for (const { offset, length } of made.segments) {
    expect(offset).toBe(end);
    end = offset + length;
  }
  expect(end).toBe(made.size);
  return made.segments.map(({ kind, title, offset, length }) => `${kind} ${offset}+${length} ${title}`);
}

describe('the map of a disk', () => {
  it('covers a disk with an MBR', () => {
    const rest = part(2, 5 * MEBIBYTE, 3 * MEBIBYTE);
    expect(map('dos', 10 * MEBIBYTE, rest, part(1, MEBIBYTE, 2 * MEBIBYTE, { fileSystem: 'ext' }))).toEqual([
      'table 0+512 boot code and MBR',
      'gap 512+1048064 gap before the first partition',
      'partition 1048576+2097152 partition 1, ext',
      'free 3145728+2097152 in no partition',
      'partition 5242880+3145728 partition 2',
      'free 8388608+2097152 in no partition',
    ]);
  });

  it('shows logical partitions in the place of the extended one', () => {
    const extended = part(1, MEBIBYTE, 8 * MEBIBYTE, { type: '5' });
    const shown = map('dos', 9 * MEBIBYTE, extended, part(5, 2 * MEBIBYTE, 7 * MEBIBYTE));
    expect(shown.map((line) => line.split(' ')[0])).toEqual(['table', 'gap', 'partition']);
  });

  it('covers a disk with a GPT, both copies of it', () => {
    const named = part(1, MEBIBYTE, 8 * MEBIBYTE, { name: 'ro\not' });
    expect(map('gpt', 10 * MEBIBYTE, named)).toEqual([
      'table 0+512 boot code and protective MBR',
      'table 512+16896 GPT',
      'gap 17408+1031168 gap before the first partition',
      'partition 1048576+8388608 partition 1 “ro\\not”',
      'free 9437184+1031680 in no partition',
      'table 10468864+16896 backup GPT',
    ]);
  });

  it('goes on behind the end of an image that is cut off', () => {
    expect(map('dos', 2 * MEBIBYTE, part(1, MEBIBYTE, 4 * MEBIBYTE, { cut: true })).at(-1)).toBe(
      'partition 1048576+4194304 partition 1',
    );
  });
});
