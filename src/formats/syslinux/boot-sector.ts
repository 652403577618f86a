import { RootlessBakeError } from '../../errors.ts';
import { SECTOR_SIZE } from './layout.ts';
import type { PatchArea } from './patch-area.ts';

/** What the boot sector says about the disk. Sectors have 512 bytes. */
export interface BootSectorOptions {
  /** Size of the partition. */
  readonly totalSectors: number;
  /** Geometry for BIOSes without LBA reads; `--sectors` of extlinux, default 32. */
  readonly sectorsPerTrack?: number | undefined;
  /** `--heads` of extlinux, default 64. */
  readonly heads?: number | undefined;
  /** First sector of the partition on the disk. */
  readonly hiddenSectors: number;
  /** LBA, relative to the partition, of the first sector of ldlinux.sys. */
  readonly firstSectorLba: number;
  /** `--raid` of extlinux: on failure let the BIOS try the next disk (INT 18h); default false. */
  readonly raid?: boolean | undefined;
}

function requireInteger(name: string, value: number, high: number): void {
  if (!Number.isInteger(value) || value < 0 || value > high) {
    throw new RootlessBakeError('RB_ARGUMENT', `boot sector: ${name} ${value} is not a number up to ${high}`);
  }
}

/**
 * Makes the boot sector that `extlinux --install` writes at the start of the partition from the
 * installer's template and the patch area of the ldlinux.sys that belongs to it. The second sector of
 * the partition is left alone; ext2/3/4 leave the first to the boot loader.
 *
 * @returns 512 new bytes
 * @throws RootlessBakeError `RB_ARGUMENT`
 */
export function patchBootSector(
  template: Uint8Array,
  area: Pick<PatchArea, 'firstSectorLow' | 'firstSectorHigh' | 'raid'>,
  options: BootSectorOptions,
): Uint8Array {
  const { totalSectors, sectorsPerTrack = 32, heads = 64, hiddenSectors, firstSectorLba } = options;
  if (template.length !== SECTOR_SIZE) {
    throw new RootlessBakeError('RB_ARGUMENT', `a boot sector has 512 bytes, not ${template.length}`);
  }
  requireInteger('totalSectors', totalSectors, 0xffff_ffff);
  requireInteger('sectorsPerTrack', sectorsPerTrack, 0xffff);
  requireInteger('heads', heads, 0xffff);
  requireInteger('hiddenSectors', hiddenSectors, 0xffff_ffff);
  requireInteger('firstSectorLba', firstSectorLba, Number.MAX_SAFE_INTEGER);

  const sector = new Uint8Array(template);
  const view = new DataView(sector.buffer);
  view.setUint16(0x0b, SECTOR_SIZE, true);
  view.setUint16(0x13, totalSectors < 65536 ? totalSectors : 0, true);
  view.setUint16(0x18, sectorsPerTrack, true);
  view.setUint16(0x1a, heads, true);
  view.setUint32(0x1c, hiddenSectors, true);
  view.setUint32(0x20, totalSectors, true);
  view.setUint32(area.firstSectorLow, firstSectorLba % 2 ** 32, true);
  view.setUint32(area.firstSectorHigh, Math.floor(firstSectorLba / 2 ** 32), true);
  if (options.raid) view.setUint16(area.raid, 0x18cd, true);
  return sector;
}
