import { createHash } from 'node:crypto';
import type { BlockDevice } from 'ext2fs-wasm';
import { decodeGpt, type Gpt } from '../formats/gpt/index.ts';
import {
  decodeMbr,
  isExtended,
  logicalPartitions,
  type Mbr,
  type MbrPartition,
  PARTITION_TYPE_GPT_PROTECTIVE,
  SECTOR_SIZE,
} from '../formats/mbr-partition/index.ts';
import {
  type BootCode,
  type FileSystemKind,
  fileSystemKind,
  recognizeBootCode,
  SIGNATURE_BYTES,
} from './signatures.ts';

/** One partition, be it of a DOS table or of a GPT. */
export interface Partition {
  /** As Linux numbers it, from 1; logical ones of a DOS table from 5. */
  readonly number: number;
  /** `83`, two hex digits, or a GUID in upper case. */
  readonly type: string;
  /** PARTUUID, as Linux has it: of a DOS table the disk's identifier and the number. */
  readonly uuid: string;
  /** GPT only. */
  readonly name?: string;
  /** The active flag, or attribute 2 of a GPT: bootable by a legacy BIOS. */
  readonly bootable: boolean;
  /** Of the first byte, and of all, in bytes. */
  readonly offset: number;
  readonly size: number;
  /** It ends, or even begins, behind the end of the image. */
  readonly cut?: true;
  /** What is in it; absent when unknown, and for an extended partition. */
  readonly fileSystem?: FileSystemKind;
}

/** The first sector and the partition table of a disk. */
export interface PartitionTable {
  readonly type: 'dos' | 'gpt';
  /** As sfdisk writes it: `0x1234abcd`, or a GUID. */
  readonly id: string;
  readonly bootCode: {
    readonly name: BootCode;
    /** Of the 440 bytes, in hex; compare it with that of your own mbr.bin. Absent without code. */
    readonly sha256?: string;
  };
  /** Which copy of a GPT is not whole. */
  readonly damaged?: 'primary' | 'backup';
  readonly partitions: readonly Partition[];
}

/**
 * Reads the partition table of a disk, logical partitions of a DOS table included. Tools leave out what is empty at the
 * end of an image, so that partitions of a DOS table may be {@link Partition.cut}.
 *
 * @throws RB_MBR_INVALID, RB_MBR_OVERLAP, RB_GPT_INVALID
 */
export function readPartitionTable(disk: BlockDevice): PartitionTable {
  const mbr = decodeMbr(readAt(disk, 0, SECTOR_SIZE));
  const hasGpt = mbr.partitions.some(({ type }) => type === PARTITION_TYPE_GPT_PROTECTIVE);
  const bootCode = {
    name: recognizeBootCode(mbr.bootCode),
    ...(mbr.bootCode.some((byte) => byte !== 0) && {
      sha256: createHash('sha256').update(mbr.bootCode).digest('hex'),
    }),
  };
  return hasGpt ? gptTable(disk, decodeGpt(disk), bootCode) : dosTable(disk, mbr, bootCode);
}

/** What begins at a place of a disk. */
export function fileSystemAt(disk: BlockDevice, offset: number, size: number): FileSystemKind | undefined {
  return fileSystemKind(readAt(disk, offset, Math.min(size, SIGNATURE_BYTES)));
}

function dosTable(disk: BlockDevice, mbr: Mbr, bootCode: PartitionTable['bootCode']): PartitionTable {
  const id = mbr.diskId.toString(16).padStart(8, '0');
  const readSector = (lba: number): Uint8Array => readAt(disk, lba * SECTOR_SIZE, SECTOR_SIZE);
  const logical = mbr.partitions.filter(isExtended).flatMap((item) => logicalPartitions(item, readSector));
  const toPartition = (item: MbrPartition): Partition => {
    const { index, type, bootable, firstSector, sectorCount } = item;
    return {
      number: index + 1,
      type: type.toString(16),
      uuid: `${id}-${(index + 1).toString(16).padStart(2, '0')}`,
      bootable,
      ...place(disk, firstSector, sectorCount, !isExtended(item)),
    };
  };
  return {
    type: 'dos',
    id: `0x${id}`,
    bootCode,
    partitions: [...mbr.partitions, ...logical].map(toPartition),
  };
}

function gptTable(disk: BlockDevice, gpt: Gpt, bootCode: PartitionTable['bootCode']): PartitionTable {
  const partitions = gpt.partitions.map(
    ({ index, type, guid, name, attributes, firstSector, sectorCount }): Partition => ({
      number: index + 1,
      type,
      uuid: guid,
      ...(name !== '' && { name }),
      bootable: (attributes & 4n) !== 0n,
      ...place(disk, firstSector, sectorCount, true),
    }),
  );
  return {
    type: 'gpt',
    id: gpt.diskGuid,
    bootCode,
    ...(gpt.damaged && { damaged: gpt.damaged }),
    partitions,
  };
}

function place(
  disk: BlockDevice,
  firstSector: number,
  sectorCount: number,
  look: boolean,
): Pick<Partition, 'offset' | 'size' | 'cut' | 'fileSystem'> {
  const [offset, size] = [firstSector * SECTOR_SIZE, sectorCount * SECTOR_SIZE];
  const fileSystem = look ? fileSystemAt(disk, offset, size) : undefined;
  const cut = offset + size > disk.size;
  return { offset, size, ...(cut && { cut }), ...(fileSystem && { fileSystem }) };
}

function readAt(disk: BlockDevice, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.max(0, Math.min(length, disk.size - offset)));
  disk.read(bytes, offset);
  return bytes;
}
