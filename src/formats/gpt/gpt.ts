/**
 * The GUID partition table: UEFI Specification 2.10, chapter 5.3. All numbers are little-endian, and so are the
 * first three fields of a GUID.
 */

/** What the first 8 bytes of a header are. */
export const SIGNATURE = 'EFI PART';
/** Bytes of a header that have a meaning. */
export const HEADER_SIZE = 92;
/** The smallest size of an entry; greater ones are multiples of it by powers of two. */
export const ENTRY_SIZE = 128;

/** One used entry of the table. */
export interface GptPartition {
  /** Slot in the table, from 0 (Linux numbers partitions from 1). */
  readonly index: number;
  /** What it is for, as a GUID in upper case, as sfdisk writes it. */
  readonly type: string;
  /** Its own GUID (`PARTUUID`), in upper case. */
  readonly guid: string;
  /** First sector (LBA). */
  readonly firstSector: number;
  /** Length in sectors, at least 1. */
  readonly sectorCount: number;
  /** Bit 0: required by the platform, bit 2: bootable by a legacy BIOS; 48 to 63 belong to the type. */
  readonly attributes: bigint;
  /** For people; may be empty. */
  readonly name: string;
}

/** A decoded table. */
export interface Gpt {
  /** Of the disk, in upper case. */
  readonly diskGuid: string;
  /** LBAs that partitions may use, the last one included. */
  readonly firstUsable: number;
  readonly lastUsable: number;
  /** Used entries, by rising `index`. */
  readonly partitions: readonly GptPartition[];
  /** Which of the two copies is not whole; the table is that of the other. Absent when both are. */
  readonly damaged?: 'primary' | 'backup';
}
