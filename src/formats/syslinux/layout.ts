/**
 * Numbers of SYSLINUX's on-disk structures (libinstaller/syslxint.h, com32/include/syslinux/advconst.h
 * of syslinux 6.04). Everything is little-endian.
 */

export const SECTOR_SIZE = 512;
/** Marks the patch area in ldlinux.sys, and the boot sector that belongs to it. */
export const LDLINUX_MAGIC = 0x3eb202fe;
/** Offset of that magic in the boot sector. */
export const BOOT_SECTOR_MAGIC_OFFSET = 0x1f8;
/** Offset of 55 AA in the boot sector. */
export const BOOT_SECTOR_SIGNATURE_OFFSET = 0x1fe;

export const LDLINUX_MAGIC_ADV_HEAD = 0x5a2d2fa5;
export const LDLINUX_MAGIC_ADV_SUM = 0xa3041767;
export const LDLINUX_MAGIC_ADV_TAIL = 0xdd28bf64;

/** Bytes of one sector extent: u64 LBA, u16 count. */
export const EXTENT_SIZE = 10;

/**
 * How `extlinux --install` leaves the inode of ldlinux.sys: mode 0444, and flags `EXT2_IMMUTABLE_FL` so
 * that nothing moves its blocks, whose addresses the boot sector and the file itself hold. With ext4's
 * `EXT4_EXTENTS_FL`, which the file system sets by itself, 0x80010.
 */
export const LDLINUX_SYS_INODE = { mode: 0o444, flags: 0x10 } as const;
/** How it leaves the inode of ldlinux.c32: found by name, so it may move. */
export const LDLINUX_C32_INODE = { mode: 0o444, flags: 0 } as const;
