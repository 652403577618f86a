import { type BootSectorOptions, patchBootSector } from './boot-sector.ts';
import type { SyslinuxParts } from './installer.ts';
import { type LdlinuxSysOptions, patchLdlinuxSys } from './ldlinux-sys.ts';
import { readPatchArea } from './patch-area.ts';

/** Everything `extlinux --install` is told or finds out. */
export type InstallOptions = Omit<BootSectorOptions, 'firstSectorLba'> & LdlinuxSysOptions;

/** What has to be written to install the boot loader. */
export interface InstalledSyslinux {
  /** The 512 bytes at the start of the partition. */
  readonly bootSector: Uint8Array;
  /** The content of `ldlinux.sys`, at the sectors it was made for. */
  readonly ldlinuxSys: Uint8Array;
}

/**
 * Installs the boot loader as `extlinux --install` does, over bytes only: allocate a file of
 * `ldlinuxSysFileSize` bytes in the install directory, take its sectors, and write the results.
 * `ldlinux.c32` of the parts is written beside it unchanged.
 *
 * @throws RootlessBakeError as `patchBootSector` and `patchLdlinuxSys`
 */
export function installSyslinux(parts: SyslinuxParts, options: InstallOptions): InstalledSyslinux {
  const ldlinuxSys = patchLdlinuxSys(parts.ldlinuxSys, options);
  const firstSectorLba = options.sectorLbas[0] ?? 0;
  const area = readPatchArea(parts.ldlinuxSys);
  return { bootSector: patchBootSector(parts.bootSector, area, { ...options, firstSectorLba }), ldlinuxSys };
}
