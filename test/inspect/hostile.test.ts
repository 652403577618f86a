/** Images that are damaged, cut off or made to harm: typed errors, and an end to it. */
import { memfs } from 'memfs';
import { beforeAll, describe, expect, it } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { encodeMbr } from '../../src/formats/mbr-partition/index.ts';
import { openImage } from '../../src/inspect/open.ts';
import { inspectImage } from '../../src/inspect/report.ts';
import type { ReadableVolume } from '../../src/tree/volume.ts';
import { testHost } from '../support/host.ts';
import { KINDS, smallFileSystem } from '../support/small-ext4.ts';

const { host } = testHost();

/** Looks at everything that an image of these bytes has; gives the code of the error, if there is one. */
async function outcome(bytes: Uint8Array): Promise<string> {
  const { fs } = memfs({ '/image': Buffer.from(bytes) });
  try {
    const image = await openImage('/image', { volume: fs as unknown as ReadableVolume }, host);
    try {
      const { kind } = await inspectImage(image, host);
      return kind;
    } finally {
      image.close();
    }
  } catch (error) {
    if (error instanceof RootlessBakeError) return error.code;
    throw error;
  }
}

function disk(fileSystem: Uint8Array): Buffer {
  const sectorCount = fileSystem.length / 512;
  const partition = { index: 0, bootable: true, type: 0x83, firstSector: 8, sectorCount };
  const mbr = encodeMbr({ bootCode: new Uint8Array(0), diskId: 1, partitions: [partition] });
  return Buffer.concat([mbr, Buffer.alloc(7 * 512), fileSystem]);
}

let small: Uint8Array;
beforeAll(async () => {
  small = await smallFileSystem(KINDS['ext4']!);
});

describe('images that are not what they should be', () => {
  it('are told by their bytes', async () => {
    expect(await outcome(small)).toBe('filesystem');
    expect(await outcome(disk(small))).toBe('disk');
    expect(await outcome(new Uint8Array(0))).toBe('RB_IMAGE_UNKNOWN');
    expect(await outcome(new Uint8Array(100_000))).toBe('RB_IMAGE_UNKNOWN');
    expect(await outcome(Buffer.from('some text\n'.repeat(1000)))).toBe('RB_IMAGE_UNKNOWN');
    expect(await outcome(Buffer.from('BZh91AY&SY'))).toBe('RB_ARCHIVE_UNSUPPORTED');
  });

  it('are refused when they are cut off', async () => {
    const whole = disk(small);
    const codes = new Set<string>();
    for (const length of [511, 512, 4096, 4096 + 1500, 4096 + 5000, 100_000, 1 << 20]) {
      codes.add(await outcome(whole.subarray(0, length)));
    }
    expect([...codes].sort()).toEqual(['RB_EXT4_UNREADABLE', 'RB_IMAGE_UNKNOWN', 'disk']);
  });

  it('do not lead in circles by their logical partitions', async () => {
    const extended = { index: 0, bootable: false, type: 5, firstSector: 8, sectorCount: 100 };
    const mbr = encodeMbr({ bootCode: new Uint8Array(0), diskId: 1, partitions: [extended] });
    const bytes = Buffer.concat([mbr, Buffer.alloc(200 * 512)]);
    const link = (record: number, next: number): void => {
      bytes[record * 512 + 446 + 16 + 4] = 5;
      bytes.writeUInt32LE(next, record * 512 + 446 + 16 + 8);
      bytes.writeUInt16LE(0xaa55, record * 512 + 510);
    };
    link(8, 2);
    link(10, 4);
    link(12, 2);
    expect(await outcome(bytes)).toBe('RB_MBR_INVALID');
    link(12, 99);
    expect(await outcome(bytes)).toBe('RB_MBR_INVALID');
    link(12, 0xffff_0000);
    expect(await outcome(bytes)).toBe('RB_MBR_INVALID');
    expect(await outcome(bytes.subarray(0, 10 * 512))).toBe('RB_MBR_INVALID');
  });

  it('never make anything but typed errors, wherever a byte of a disk is changed', async () => {
    const good = disk(small);
    const seen = new Set<string>();
    for (let step = 0; step < 60; step += 1) {
      const bytes = Buffer.from(good);
      const at = step < 30 ? 446 + step * 2 : 4096 + 1024 + (step - 30) * 5;
      bytes[at]! ^= 0xff;
      seen.add(await outcome(bytes));
    }
    expect([...seen].filter((word) => !/^(RB_\w+|disk)$/.test(word))).toEqual([]);
    expect(seen.size).toBeGreaterThan(2);
  });
});
