import type { Writer } from 'ext2fs-wasm';
import type { PlacedFile } from '../ext4/fill.ts';
import { FIRST_SECTOR, SECTOR_SIZE } from '../formats/mbr-partition/index.ts';
import { type InstalledSyslinux, installSyslinux, sectorLbasOf } from '../formats/syslinux/index.ts';
import { BOOT_FOLDER } from './boot-files.ts';
import type { Bootloader } from './bootloader.ts';

/** The geometry that the boot sector names; firmware with LBA, all of it today, does not use it. */
const GEOMETRY = { heads: 64, sectorsPerTrack: 32 } as const;

/**
 * Does what `extlinux --install` does once the files have their places: tells boot sector and ldlinux.sys
 * where their sectors are, and marks ldlinux.sys immutable so that they stay there.
 *
 * @param partitionSize in bytes
 * @returns the content of ldlinux.sys, and the partition's first sector. Write that one when the writer has
 *   finished: it shares a block with the superblock, which the writer still holds.
 */
export function installBootloader(
  bootloader: Bootloader,
  ldlinuxSys: PlacedFile,
  partitionSize: number,
  writer: Writer,
): InstalledSyslinux {
  writer.setFlags(ldlinuxSys.inode, { immutable: true });
  return installSyslinux(bootloader, {
    ...GEOMETRY,
    hiddenSectors: FIRST_SECTOR,
    totalSectors: Math.floor(partitionSize / SECTOR_SIZE),
    sectorLbas: sectorLbasOf(ldlinuxSys.extents),
    installDirectory: BOOT_FOLDER,
  });
}
