import { RootlessBakeError } from '../../errors.ts';
import { SECTOR_SIZE } from './layout.ts';

/** A contiguous piece of a file: byte offset in the partition, byte length; both multiples of 512. */
export interface FileExtent {
  readonly offset: number;
  readonly length: number;
}

/** A run of sectors as SYSLINUX's extent table has it. */
export interface SectorRun {
  readonly lba: number;
  readonly count: number;
}

/** The longest run one BIOS read may fill: below 64 KiB, in whole sectors. */
const MAX_RUN = 127;

/**
 * The LBA, relative to the partition, of every 512-byte sector of a file, from its extents in file
 * order (the last may reach beyond the file's end, as whole blocks do).
 *
 * @throws RootlessBakeError `RB_SYSLINUX_EXTENTS` when an extent is not made of whole sectors
 */
export function sectorLbasOf(extents: Iterable<FileExtent>): number[] {
  const lbas: number[] = [];
  for (const { offset, length } of extents) {
    if (!Number.isSafeInteger(offset) || offset % SECTOR_SIZE !== 0 || length % SECTOR_SIZE !== 0) {
      throw new RootlessBakeError(
        'RB_SYSLINUX_EXTENTS',
        `extent of ${length} bytes at ${offset} is not made of whole sectors`,
      );
    }
    const first = offset / SECTOR_SIZE;
    for (let index = 0; index < length / SECTOR_SIZE; index++) lbas.push(first + index);
  }
  return lbas;
}

/** Joins neighbouring sectors to runs of at most 127. */
export function sectorRuns(lbas: readonly number[]): SectorRun[] {
  const runs: Array<{ lba: number; count: number }> = [];
  for (const lba of lbas) {
    const last = runs.at(-1);
    if (last !== undefined && lba === last.lba + last.count && last.count < MAX_RUN) last.count++;
    else runs.push({ lba, count: 1 });
  }
  return runs;
}
