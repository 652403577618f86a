import type { BlockDevice, Writer } from 'ext2fs-wasm';
import type { PlacedFile } from '../ext4/fill.ts';
import { FIRST_SECTOR, SECTOR_SIZE } from '../formats/mbr-partition/index.ts';
import { installSyslinux, sectorLbasOf } from '../formats/syslinux/index.ts';
import { BOOT_FOLDER } from './boot-files.ts';
import type { Bootloader } from './bootloader.ts';

/** The geometry that the boot sector names; firmware with LBA, all of it today, does not use it. */
const GEOMETRY = { heads: 64, sectorsPerTrack: 32 } as const;

/**
 * Does what `extlinux --install` does once the files are there: tells boot sector and ldlinux.sys where
 * their sectors are, and marks ldlinux.sys immutable so that they stay there.
 *
 * @returns the partition's first sector. Write it when the writer has finished: it shares a block with the
 * superblock, which the writer still holds.
 */
export function installBootloader(
  bootloader: Bootloader,
  ldlinuxSys: PlacedFile,
  partition: BlockDevice,
  writer: Writer,
): Uint8Array {
  const installed = installSyslinux(bootloader, {
    ...GEOMETRY,
    hiddenSectors: FIRST_SECTOR,
    totalSectors: partition.size / SECTOR_SIZE,
    sectorLbas: sectorLbasOf(ldlinuxSys.extents),
    installDirectory: BOOT_FOLDER,
  });
  let done = 0;
  for (const { offset, length } of ldlinuxSys.extents) {
    partition.write(installed.ldlinuxSys.subarray(done, done + length), offset);
    done += length;
  }
  writer.setFlags(ldlinuxSys.inode, { immutable: true });
  return installed.bootSector;
}
