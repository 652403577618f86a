import { RootlessBakeError } from '../../errors.ts';
import { ENTRIES_OFFSET, ENTRY_SIZE, type MbrPartition, SECTOR_SIZE, SIGNATURE_OFFSET } from './mbr.ts';

/** Types of partitions that hold others (linux/msdos_partition.h): of DOS, of Windows 95, of Linux. */
const EXTENDED_TYPES = [0x05, 0x0f, 0x85];
/** Linux numbers the first logical partition 5. */
const FIRST_INDEX = 4;
/** More than Linux has minor numbers for. */
const MAXIMUM = 256;

/** Whether a partition holds logical ones. */
export function isExtended({ type }: Pick<MbrPartition, 'type'>): boolean {
  return EXTENDED_TYPES.includes(type);
}

/**
 * The logical partitions in an extended one, in the order of their chain: each extended boot record has one, which
 * counts from the record itself, and leads to the next record, which counts from the extended partition.
 *
 * @param readSector gives 512 bytes of the disk by their LBA, fewer at its end
 * @throws RootlessBakeError `RB_MBR_INVALID` when the chain is endless, leaves the extended partition, or a record
 * in it is none
 */
export function logicalPartitions(
  extended: Pick<MbrPartition, 'firstSector' | 'sectorCount'>,
  readSector: (lba: number) => Uint8Array,
): MbrPartition[] {
  const partitions: MbrPartition[] = [];
  const end = extended.firstSector + extended.sectorCount;
  let record = extended.firstSector;
  const seen = new Set<number>();
  while (true) {
    if (seen.has(record) || seen.size >= MAXIMUM) throw invalid('their chain has no end');
    seen.add(record);
    const { logical, next } = decodeRecord(readSector(record), record);
    if (logical.type !== 0 && logical.sectorCount > 0) {
      const firstSector = record + logical.firstSector;
      if (logical.firstSector === 0 || firstSector + logical.sectorCount > end) {
        throw invalid(`that of sector ${record} lies outside of the extended partition`);
      }
      partitions.push({ ...logical, index: FIRST_INDEX + partitions.length, firstSector });
    }
    if (next.type === 0 || next.firstSector === 0) return partitions;
    record = extended.firstSector + next.firstSector;
    if (record >= end) throw invalid('their chain leaves the extended partition');
  }
}

type Slot = Omit<MbrPartition, 'index'>;

function decodeRecord(sector: Uint8Array, lba: number): { logical: Slot; next: Slot } {
  if (sector.length < SECTOR_SIZE) throw invalid(`sector ${lba} lies behind the end of the disk`);
  const view = new DataView(sector.buffer, sector.byteOffset, SECTOR_SIZE);
  if (view.getUint16(SIGNATURE_OFFSET, true) !== 0xaa55) throw invalid(`sector ${lba} is no boot record`);
  const slot = (index: number): Slot => {
    const at = ENTRIES_OFFSET + index * ENTRY_SIZE;
    return {
      bootable: view.getUint8(at) === 0x80,
      type: view.getUint8(at + 4),
      firstSector: view.getUint32(at + 8, true),
      sectorCount: view.getUint32(at + 12, true),
    };
  };
  return { logical: slot(0), next: slot(1) };
}

function invalid(why: string): RootlessBakeError {
  return new RootlessBakeError('RB_MBR_INVALID', `the logical partitions are damaged: ${why}`, {
    hint: 'the image is truncated or damaged; `fdisk -l` tells what it can',
  });
}
