import { RootlessBakeError } from '../../errors.ts';
import { BOOT_CODE_SIZE, MAX_PARTITIONS, type MbrPartition } from './mbr.ts';

const MAX_U32 = 0xffff_ffff;

function isIntegerIn(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high;
}

function describe(partition: MbrPartition): string {
  const end = partition.firstSector + partition.sectorCount - 1;
  return `partition ${partition.index + 1} (sectors ${partition.firstSector} to ${end})`;
}

/** Checks that boot code leaves room for what follows it in the first sector. @throws RB_MBR_INVALID */
export function checkBootCode({ length }: Uint8Array): void {
  if (length <= BOOT_CODE_SIZE) return;
  throw new RootlessBakeError(
    'RB_MBR_INVALID',
    `boot code of ${length} bytes does not fit in ${BOOT_CODE_SIZE}`,
    { hint: "use a 440-byte boot code such as SYSLINUX's mbr.bin, not a whole sector" },
  );
}

/**
 * Checks a partition table: fields in range, no slot used twice, no overlap.
 *
 * @throws RootlessBakeError `RB_MBR_INVALID`, `RB_MBR_OVERLAP`
 */
export function checkPartitions(partitions: readonly MbrPartition[]): void {
  const slots = new Set<number>();
  for (const partition of partitions) {
    const { index, type, firstSector, sectorCount } = partition;
    if (
      !isIntegerIn(index, 0, MAX_PARTITIONS - 1) ||
      !isIntegerIn(type, 1, 0xff) ||
      !isIntegerIn(firstSector, 1, MAX_U32) ||
      !isIntegerIn(sectorCount, 1, MAX_U32)
    ) {
      throw new RootlessBakeError(
        'RB_MBR_INVALID',
        `partition entry out of range: index ${index}, type ${type}, first sector ${firstSector}, ${sectorCount} sectors`,
        { hint: 'index is 0 to 3, type 1 to 255, first sector and length at least 1 and below 2^32' },
      );
    }
    if (slots.has(index)) {
      throw new RootlessBakeError('RB_MBR_INVALID', `partition entry ${index + 1} is given twice`);
    }
    slots.add(index);
  }
  const byStart = [...partitions].sort((a, b) => a.firstSector - b.firstSector);
  for (const [position, partition] of byStart.entries()) {
    const next = byStart[position + 1];
    if (next !== undefined && partition.firstSector + partition.sectorCount > next.firstSector) {
      throw new RootlessBakeError('RB_MBR_OVERLAP', `${describe(partition)} overlaps ${describe(next)}`);
    }
  }
}
