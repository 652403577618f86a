import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeGpt, type GptDisk } from '../../src/formats/gpt/index.ts';

const SECTORS = 4096;
const LINUX = Buffer.from('af3dc60f838472478e793d69d8477de4', 'hex');

/** A disk with both copies of a table of one partition, sectors 2048 to 3071, named `root`. */
function disk(): Buffer {
  const bytes = Buffer.alloc(SECTORS * 512);
  const entries = Buffer.alloc(128 * 128);
  LINUX.copy(entries, 0);
  entries.fill(0x11, 16, 32);
  entries.writeBigUInt64LE(2048n, 32);
  entries.writeBigUInt64LE(3071n, 40);
  entries.writeBigUInt64LE(4n, 48);
  entries.write('root', 56, 'utf16le');
  for (const [lba, other, table] of [
    [1, SECTORS - 1, 2],
    [SECTORS - 1, 1, SECTORS - 33],
  ] as const) {
    const header = Buffer.alloc(92);
    header.write('EFI PART');
    header.writeUInt32LE(0x10000, 8);
    header.writeUInt32LE(92, 12);
    header.writeBigUInt64LE(BigInt(lba), 24);
    header.writeBigUInt64LE(BigInt(other), 32);
    header.writeBigUInt64LE(34n, 40);
    header.writeBigUInt64LE(BigInt(SECTORS - 34), 48);
    header.fill(0x22, 56, 72);
    header.writeBigUInt64LE(BigInt(table), 72);
    header.writeUInt32LE(128, 80);
    header.writeUInt32LE(128, 84);
    header.writeUInt32LE(crc32(entries), 88);
    header.writeUInt32LE(crc32(header), 16);
    header.copy(bytes, lba * 512);
    entries.copy(bytes, table * 512);
  }
  return bytes;
}

const over = (bytes: Buffer): GptDisk => ({
  size: bytes.length,
  read: (target, offset) => void target.set(bytes.subarray(offset, offset + target.length)),
});

describe('decodeGpt', () => {
  it('reads names, GUIDs and places', () => {
    expect(decodeGpt(over(disk()))).toEqual({
      diskGuid: '22222222-2222-2222-2222-222222222222',
      firstUsable: 34,
      lastUsable: SECTORS - 34,
      partitions: [
        {
          index: 0,
          type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
          guid: '11111111-1111-1111-1111-111111111111',
          firstSector: 2048,
          sectorCount: 1024,
          attributes: 4n,
          name: 'root',
        },
      ],
    });
  });

  it.each([
    ['the header of the primary', 512 + 60, 'primary'],
    ['an entry of the primary', 1024 + 60, 'primary'],
    ['the header of the backup', (SECTORS - 1) * 512 + 60, 'backup'],
    ['an entry of the backup', (SECTORS - 33) * 512 + 1, 'backup'],
  ] as const)('takes the other copy when %s is damaged', (_, offset, damaged) => {
    const bytes = disk();
    bytes[offset]! ^= 1;
    const table = decodeGpt(over(bytes));
    expect(table.damaged).toBe(damaged);
    expect(table.partitions[0]?.name).toBe('root');
  });

  it('refuses a disk whose copies are both damaged, or cut off, or not there', () => {
    const bytes = disk();
    bytes[512 + 60]! ^= 1;
    for (const bad of [bytes.subarray(0, 2_000_000), bytes.subarray(0, 700), Buffer.alloc(0)]) {
      expect(() => decodeGpt(over(bad as Buffer))).toThrow(
        expect.objectContaining({ code: 'RB_GPT_INVALID' }),
      );
    }
  });

  it('never throws anything else, whatever byte is changed', () => {
    const good = disk();
    let refused = 0;
    for (let offset = 512; offset < 512 + 92; offset += 1) {
      const bytes = Buffer.from(good.subarray(0, good.length - 512));
      bytes[offset]! ^= 0xff;
      try {
        decodeGpt(over(bytes));
      } catch (error) {
        expect(error).toMatchObject({ code: 'RB_GPT_INVALID' });
        refused += 1;
      }
    }
    expect(refused).toBe(92);
  });
});
