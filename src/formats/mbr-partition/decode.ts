import { RootlessBakeError } from '../../errors.ts';
import { checkPartitions } from './check.ts';
import {
  BOOT_CODE_SIZE,
  DISK_ID_OFFSET,
  ENTRIES_OFFSET,
  ENTRY_SIZE,
  MAX_PARTITIONS,
  type Mbr,
  type MbrPartition,
  SECTOR_SIZE,
  SIGNATURE_OFFSET,
} from './mbr.ts';

/**
 * Decodes sector 0 of a disk (at least 512 bytes; the rest is ignored). Entries with type 0 are unused
 * and left out. CHS fields are not read: Linux does not either. Logical partitions inside an extended
 * one are not followed.
 *
 * @throws RootlessBakeError `RB_MBR_INVALID` (too short, no 55 AA, status byte neither 0 nor 0x80, entry
 * out of range), `RB_MBR_OVERLAP`
 */
export function decodeMbr(sector: Uint8Array): Mbr {
  if (sector.length < SECTOR_SIZE) {
    throw new RootlessBakeError(
      'RB_MBR_INVALID',
      `a master boot record has ${SECTOR_SIZE} bytes, not ${sector.length}`,
    );
  }
  const view = new DataView(sector.buffer, sector.byteOffset, SECTOR_SIZE);
  if (view.getUint16(SIGNATURE_OFFSET, true) !== 0xaa55) {
    throw new RootlessBakeError('RB_MBR_INVALID', 'no boot record: bytes 510 and 511 are not 55 AA', {
      hint: 'the disk has no partition table, or this is not its first sector',
    });
  }
  const partitions: MbrPartition[] = [];
  for (let index = 0; index < MAX_PARTITIONS; index++) {
    const at = ENTRIES_OFFSET + index * ENTRY_SIZE;
    const status = view.getUint8(at);
    const type = view.getUint8(at + 4);
    if (status !== 0 && status !== 0x80) {
      throw new RootlessBakeError(
        'RB_MBR_INVALID',
        `partition entry ${index + 1} has status 0x${status.toString(16)}, neither 0 nor 0x80`,
        { hint: 'this is a boot sector of a file system rather than a partition table' },
      );
    }
    if (type === 0) continue;
    partitions.push({
      index,
      bootable: status === 0x80,
      type,
      firstSector: view.getUint32(at + 8, true),
      sectorCount: view.getUint32(at + 12, true),
    });
  }
  checkPartitions(partitions);
  return {
    bootCode: new Uint8Array(sector.subarray(0, BOOT_CODE_SIZE)),
    diskId: view.getUint32(DISK_ID_OFFSET, true),
    partitions,
  };
}
