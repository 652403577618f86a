/**
 * The master boot record: sector 0 of a disk with a DOS partition table.
 *
 * Layout as Linux reads it (`struct msdos_partition` in include/linux/msdos_partition.h) and as the
 * disk id is placed since Windows NT: boot code 0-439, disk id (u32) at 440, u16 zero at 444, four
 * entries of 16 bytes at 446, 55 AA at 510. All numbers little-endian.
 */

/** Bytes per sector, of the table's LBAs and of the record itself. */
export const SECTOR_SIZE = 512;
/** Bytes of boot code before the disk id. */
export const BOOT_CODE_SIZE = 440;
export const DISK_ID_OFFSET = 440;
export const ENTRIES_OFFSET = 446;
export const ENTRY_SIZE = 16;
export const SIGNATURE_OFFSET = 510;
/** Primary partitions a record can hold. */
export const MAX_PARTITIONS = 4;
/** Type byte of a Linux file system. */
export const PARTITION_TYPE_LINUX = 0x83;
/** Type byte of the entry that guards a GPT; its size is allowed to exceed the disk. */
export const PARTITION_TYPE_GPT_PROTECTIVE = 0xee;

/** One used entry of the partition table. */
export interface MbrPartition {
  /** Slot in the table, 0 to 3 (Linux numbers partitions from 1). */
  readonly index: number;
  /** The active flag (status 0x80). */
  readonly bootable: boolean;
  /** Type byte, never 0. */
  readonly type: number;
  /** First sector (LBA). */
  readonly firstSector: number;
  /** Length in sectors, at least 1. */
  readonly sectorCount: number;
}

/** A decoded or to-be-encoded master boot record. */
export interface Mbr {
  /** At most 440 bytes; shorter code is padded with zeros. */
  readonly bootCode: Uint8Array;
  /** Disk identifier, u32 (`PTUUID` of blkid, the prefix of DOS PARTUUIDs). */
  readonly diskId: number;
  /** Used entries, by rising `index`. */
  readonly partitions: readonly MbrPartition[];
}
