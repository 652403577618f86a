import { RootlessBakeError } from '../../errors.ts';
import { type Mbr, PARTITION_TYPE_LINUX, SECTOR_SIZE } from './mbr.ts';

/** First sector of the first partition: fdisk's default alignment, 1 MiB. */
export const FIRST_SECTOR = 2048;

export interface SinglePartitionOptions {
  /** Size of the whole disk in bytes; a rest below one sector is not used. */
  readonly diskSize: number;
  /** Disk identifier, u32. */
  readonly diskId: number;
  /** Boot code of at most 440 bytes; default none. */
  readonly bootCode?: Uint8Array | undefined;
}

/**
 * The table that `fdisk` makes with `o, n, p, 1, 2048, <default>, a, w`: one bootable Linux partition
 * from sector 2048 to the last sector of the disk.
 *
 * @throws RootlessBakeError `RB_MBR_INVALID`: the disk ends before sector 2048, or is over 2 TiB, which a DOS
 * table cannot say
 */
export function singleLinuxPartition(options: SinglePartitionOptions): Mbr {
  const diskSectors = Math.floor(options.diskSize / SECTOR_SIZE);
  if (!(diskSectors > FIRST_SECTOR)) {
    throw new RootlessBakeError(
      'RB_MBR_INVALID',
      `a disk of ${options.diskSize} bytes has no room for a partition at sector ${FIRST_SECTOR}`,
      { hint: 'make the disk larger than 1 MiB' },
    );
  }
  if (diskSectors > 0xffff_ffff) {
    throw new RootlessBakeError(
      'RB_MBR_INVALID',
      `a disk of ${options.diskSize} bytes is beyond the 2 TiB of a DOS partition table`,
      { hint: 'choose a size below 2 TiB' },
    );
  }
  return {
    bootCode: options.bootCode ?? new Uint8Array(0),
    diskId: options.diskId,
    partitions: [
      {
        index: 0,
        bootable: true,
        type: PARTITION_TYPE_LINUX,
        firstSector: FIRST_SECTOR,
        sectorCount: diskSectors - FIRST_SECTOR,
      },
    ],
  };
}
