import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeMbr,
  encodeChs,
  encodeMbr,
  type Mbr,
  type MbrPartition,
  singleLinuxPartition,
} from '../../src/formats/mbr-partition/index.ts';

const partition = (over: Partial<MbrPartition> = {}): MbrPartition => ({
  index: 0,
  bootable: false,
  type: 0x83,
  firstSector: 2048,
  sectorCount: 2048,
  ...over,
});
const mbr = (...partitions: MbrPartition[]): Mbr => ({
  bootCode: new Uint8Array(440),
  diskId: 0x12345678,
  partitions,
});

describe('encodeChs', () => {
  it.each([
    [0, [0, 1, 0]],
    [62, [0, 63, 0]],
    [63, [1, 1, 0]],
    [2048, [0x20, 0x21, 0]],
    [255 * 63, [0, 1, 1]],
    [255 * 63 * 256, [0, 0x41, 0]],
    [255 * 63 * 1024 - 1, [254, 0xff, 0xff]],
    [255 * 63 * 1024, [0xfe, 0xff, 0xff]],
    [0xffff_ffff, [0xfe, 0xff, 0xff]],
  ])('LBA %i', (lba, bytes) => {
    expect(encodeChs(lba)).toEqual(bytes);
  });
});

describe('encodeMbr', () => {
  it('writes the fields where Linux reads them', () => {
    const sector = encodeMbr({
      ...singleLinuxPartition({ diskSize: 128 << 20, diskId: 0xdeadbeef }),
      bootCode: Uint8Array.of(0xfa, 0xfc),
    });
    expect(sector.length).toBe(512);
    expect(Buffer.from(sector.subarray(0, 3)).toString('hex')).toBe('fafc00');
    expect(Buffer.from(sector.subarray(440, 446)).toString('hex')).toBe('efbeadde0000');
    expect(Buffer.from(sector.subarray(446, 462)).toString('hex')).toBe('80202100835101100008000000f80300');
    expect(sector.subarray(462, 510).every((byte) => byte === 0)).toBe(true);
    expect([...sector.subarray(510)]).toEqual([0x55, 0xaa]);
  });

  it.each([
    ['boot code over 440 bytes', { ...mbr(), bootCode: new Uint8Array(441) }, 'RB_MBR_INVALID'],
    ['a disk id over 32 bits', { ...mbr(), diskId: 2 ** 32 }, 'RB_MBR_INVALID'],
    ['a slot above 3', mbr(partition({ index: 4 })), 'RB_MBR_INVALID'],
    ['a slot twice', mbr(partition(), partition({ firstSector: 8192 })), 'RB_MBR_INVALID'],
    ['type 0', mbr(partition({ type: 0 })), 'RB_MBR_INVALID'],
    ['no sectors', mbr(partition({ sectorCount: 0 })), 'RB_MBR_INVALID'],
    ['the table itself', mbr(partition({ firstSector: 0 })), 'RB_MBR_INVALID'],
    ['a start over 32 bits', mbr(partition({ firstSector: 2 ** 32 })), 'RB_MBR_INVALID'],
    ['an overlap', mbr(partition(), partition({ index: 1, firstSector: 4095 })), 'RB_MBR_OVERLAP'],
  ])('refuses %s', (_what, input, code) => {
    expect(() => encodeMbr(input)).toThrow(expect.objectContaining({ code }));
  });
});

describe('decodeMbr', () => {
  it('gives back what was encoded', () => {
    const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
    const entry = fc.record({
      bootable: fc.boolean(),
      type: fc.integer({ min: 1, max: 255 }),
      gap: fc.integer({ min: 0, max: 1e6 }),
      sectorCount: fc.integer({ min: 1, max: 2 ** 29 }),
    });
    fc.assert(
      fc.property(
        bytes(440),
        fc.nat(0xffff_ffff),
        fc.array(entry, { maxLength: 4 }),
        (bootCode, diskId, list) => {
          let next = 1;
          const partitions = list.map(({ gap, ...rest }, index) => {
            const firstSector = next + gap;
            next = firstSector + rest.sectorCount;
            return { index, firstSector, ...rest };
          });
          const input: Mbr = { bootCode, diskId, partitions };
          expect(decodeMbr(encodeMbr(input))).toEqual(input);
        },
      ),
    );
  });

  it('reads adjacent partitions in any slot order', () => {
    const table = mbr(partition({ firstSector: 4096 }), partition({ index: 2, bootable: true }));
    expect(decodeMbr(encodeMbr(table)).partitions).toEqual(table.partitions);
  });

  it.each([
    ['fewer than 512 bytes', new Uint8Array(511), 'RB_MBR_INVALID'],
    ['no signature', new Uint8Array(512), 'RB_MBR_INVALID'],
    ['a boot sector of FAT', encodeMbr(mbr()).fill(0x20, 446, 462), 'RB_MBR_INVALID'],
    ['a used entry without sectors', encodeMbr(mbr(partition())).fill(0, 458, 462), 'RB_MBR_INVALID'],
  ])('refuses %s', (_what, sector, code) => {
    expect(() => decodeMbr(sector)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses overlapping entries', () => {
    const sector = encodeMbr(mbr(partition(), partition({ index: 1, firstSector: 4096, sectorCount: 8 })));
    sector[470] = 0xff;
    sector[471] = 0x0f;
    expect(() => decodeMbr(sector)).toThrow(expect.objectContaining({ code: 'RB_MBR_OVERLAP' }));
  });

  it('lets a protective GPT entry cover all that the table can say', () => {
    const sector = encodeMbr(mbr(partition({ type: 0xee, firstSector: 1, sectorCount: 0xffff_ffff })));
    expect(decodeMbr(sector).partitions).toHaveLength(1);
  });

  it('never throws anything but its own errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.boolean(), (bytes, signed) => {
        if (signed && bytes.length >= 512) bytes.set([0x55, 0xaa], 510);
        try {
          decodeMbr(bytes);
        } catch (error) {
          expect(error).toHaveProperty('code', expect.stringMatching(/^RB_MBR_/));
        }
      }),
    );
  });
});

describe('singleLinuxPartition', () => {
  it('goes from sector 2048 to the last whole sector', () => {
    const [only] = singleLinuxPartition({ diskSize: (24 << 20) + 511, diskId: 1 }).partitions;
    expect(only).toEqual({ index: 0, bootable: true, type: 0x83, firstSector: 2048, sectorCount: 47104 });
  });

  it.each([
    [2048 * 512, 'RB_MBR_INVALID'],
    [Number.NaN, 'RB_MBR_INVALID'],
    [2 ** 41, 'RB_MBR_INVALID'],
  ])('refuses a disk of %d bytes', (diskSize, code) => {
    expect(() => singleLinuxPartition({ diskSize, diskId: 1 })).toThrow(expect.objectContaining({ code }));
  });
});
