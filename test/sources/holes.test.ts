import { Volume } from 'memfs';
import { describe, expect, test } from 'vitest';
import { fileContent } from '../../src/sources/file.ts';
import { findData } from '../../src/sources/holes.ts';
import type { ReadableVolume } from '../../src/tree/volume.ts';

const MEBIBYTE = 1 << 20;

/** A file of `size` zeros, but for single bytes at some positions. */
function volumeOf(size: number, positions: readonly number[]): ReadableVolume & Volume {
  const bytes = Buffer.alloc(size);
  for (const position of positions) bytes[position] = 1;
  const volume = new Volume();
  volume.writeFileSync('/file', bytes);
  return volume as ReadableVolume & Volume;
}

const found = (size: number, positions: readonly number[]) =>
  findData(volumeOf(size, positions), '/file', size, 0).map(({ position, length }) => [position, length]);

describe('the data of a file', () => {
  test('is found in steps of 4 KiB', () => {
    expect(found(20_000, [4097, 12_287, 19_999])).toEqual([
      [4096, 8192],
      [16_384, 3616],
    ]);
  });

  test('ends with the file', () => {
    expect(found(10_001, [10_000])).toEqual([[8192, 1809]]);
  });

  test('is nothing in a file of zeros', () => {
    expect(found(3 * MEBIBYTE + 1, [])).toEqual([]);
  });

  test('is one range across the pieces that are read', () => {
    const every = Array.from({ length: 1024 }, (_, index) => index * 4096);
    expect(found(4 * MEBIBYTE, every)).toEqual([[0, 4 * MEBIBYTE]]);
    expect(found(2 * MEBIBYTE, [MEBIBYTE - 1, MEBIBYTE])).toEqual([[MEBIBYTE - 4096, 8192]]);
  });

  test('is what a file that shrank no longer has', () => {
    const volume = volumeOf(8192, []);
    expect(findData(volume, '/file', 16_384, 0)).toEqual([{ position: 8192, length: 8192 }]);
  });

  test('is everywhere in a volume whose allocated sizes mean nothing', () => {
    const volume = volumeOf(MEBIBYTE, []);
    const stat = (volume as ReadableVolume).statSync('/file', { bigint: true });
    expect(stat.blocks).toBe(1n);
    expect(fileContent(volume, '/file', stat).data).toBeUndefined();
  });
});
