import type { BlockDevice } from 'ext2fs-wasm';
import { decodeMbr, SECTOR_SIZE } from '../formats/mbr-partition/index.ts';

/** s_magic of the superblock (ext2_fs.h): at byte 56 of it, 1024 bytes from the start. */
const MAGIC_OFFSET = 1024 + 56;
const MAGIC = 0xef53;

/** Where a file system lies in an image. */
export interface FileSystemRange {
  /** Of the first byte, in bytes. */
  readonly offset: number;
  /** In bytes. */
  readonly size: number;
}

/**
 * The ext2, ext3 and ext4 file systems of an image: the whole of it, or its primary MBR partitions, in the order of
 * the table. They are told by their superblocks, not by the type in the table.
 *
 * @throws RB_MBR_INVALID and the like when the image is neither a file system nor has a partition table
 */
export function findFileSystems(image: BlockDevice): FileSystemRange[] {
  if (hasFileSystem(image, 0)) return [{ offset: 0, size: image.size }];
  const sector = new Uint8Array(Math.min(SECTOR_SIZE, image.size));
  image.read(sector, 0);
  return decodeMbr(sector, { diskSectors: Math.floor(image.size / SECTOR_SIZE) })
    .partitions.map(({ firstSector, sectorCount }) => {
      return { offset: firstSector * SECTOR_SIZE, size: sectorCount * SECTOR_SIZE };
    })
    .filter(({ offset }) => hasFileSystem(image, offset));
}

function hasFileSystem(image: BlockDevice, offset: number): boolean {
  const bytes = new Uint8Array(2);
  if (offset + MAGIC_OFFSET + bytes.length > image.size) return false;
  image.read(bytes, offset + MAGIC_OFFSET);
  return new DataView(bytes.buffer).getUint16(0, true) === MAGIC;
}
