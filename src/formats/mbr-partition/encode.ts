import { RootlessBakeError } from '../../errors.ts';
import { checkBootCode, checkPartitions } from './check.ts';
import { encodeChs } from './chs.ts';
import {
  DISK_ID_OFFSET,
  ENTRIES_OFFSET,
  ENTRY_SIZE,
  type Mbr,
  SECTOR_SIZE,
  SIGNATURE_OFFSET,
} from './mbr.ts';

/**
 * Encodes a master boot record as the 512 bytes of sector 0. CHS addresses are those fdisk writes
 * (255 heads, 63 sectors, clamped above cylinder 1023).
 *
 * @throws RootlessBakeError `RB_MBR_INVALID` (boot code over 440 bytes, disk id not a u32, entry out of
 * range), `RB_MBR_OVERLAP`
 */
export function encodeMbr(mbr: Mbr): Uint8Array {
  checkBootCode(mbr.bootCode);
  if (!Number.isInteger(mbr.diskId) || mbr.diskId < 0 || mbr.diskId > 0xffff_ffff) {
    throw new RootlessBakeError('RB_MBR_INVALID', `disk id ${mbr.diskId} is not a 32-bit number`);
  }
  checkPartitions(mbr.partitions);

  const sector = new Uint8Array(SECTOR_SIZE);
  const view = new DataView(sector.buffer);
  sector.set(mbr.bootCode);
  view.setUint32(DISK_ID_OFFSET, mbr.diskId, true);
  for (const { index, bootable, type, firstSector, sectorCount } of mbr.partitions) {
    const at = ENTRIES_OFFSET + index * ENTRY_SIZE;
    sector[at] = bootable ? 0x80 : 0;
    sector.set(encodeChs(firstSector), at + 1);
    sector[at + 4] = type;
    sector.set(encodeChs(firstSector + sectorCount - 1), at + 5);
    view.setUint32(at + 8, firstSector, true);
    view.setUint32(at + 12, sectorCount, true);
  }
  view.setUint16(SIGNATURE_OFFSET, 0xaa55, true);
  return sector;
}
