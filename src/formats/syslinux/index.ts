/** SYSLINUX on ext2/3/4: taken out of its installer, patched as `extlinux --install` does, configured. */
export { emptyAdv } from './adv.ts';
export { type BootSectorOptions, patchBootSector } from './boot-sector.ts';
export { MAX_COMMAND_LINE, type SyslinuxConfigOptions, syslinuxConfig } from './config.ts';
export { type InstalledSyslinux, type InstallOptions, installSyslinux } from './install.ts';
export { extractSyslinux, type SyslinuxParts } from './installer.ts';
export { LDLINUX_C32_INODE, LDLINUX_SYS_INODE } from './layout.ts';
export { type LdlinuxSysOptions, ldlinuxSysFileSize, patchLdlinuxSys } from './ldlinux-sys.ts';
export { parseSyslinuxConfig, type SyslinuxConfig, type SyslinuxEntry } from './parse-config.ts';
export { type PatchArea, type Region, readPatchArea } from './patch-area.ts';
export { type FileExtent, sectorLbasOf } from './sector-map.ts';
