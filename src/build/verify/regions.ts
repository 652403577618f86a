import type { OpenedImage } from '../../inspect/image.ts';
import type { DataRange } from '../../tree/content.ts';

/** Bytes of an image that are not the same in both, and what lies there. */
export interface BlockDifference extends DataRange {
  /** In words for people. */
  readonly where: string;
}

interface Region {
  /** The first byte behind it. */
  readonly end: number;
  readonly name: string;
  /** Of a file system whose blocks are counted. */
  readonly blocks?: { readonly offset: number; readonly size: number };
}

const SECTOR = 512;
/** ext4 leaves its first KiB to boot code; the superblock follows. */
const SUPERBLOCK = 1024;

/** Says of each range what lies there; a range that goes on into the next part of the disk is cut there. */
export function locate(
  ranges: readonly DataRange[],
  image: Pick<OpenedImage, 'partitionTable' | 'fileSystems'>,
): BlockDifference[] {
  const regions = regionsOf(image);
  const found: BlockDifference[] = [];
  for (const range of ranges) {
    const end = range.position + range.length;
    for (let at = range.position; at < end; ) {
      const region = regions.find((one) => at < one.end)!;
      const length = Math.min(end, region.end) - at;
      found.push({ position: at, length, where: words(region, at) });
      at += length;
    }
  }
  return found;
}

/** All of a disk, in its order. */
function regionsOf({
  partitionTable,
  fileSystems,
}: Pick<OpenedImage, 'partitionTable' | 'fileSystems'>): Region[] {
  const regions: Region[] = [{ end: SECTOR, name: 'MBR: boot code, disk id, partition table' }];
  const partitions = [...(partitionTable?.partitions ?? [])].sort((a, b) => a.offset - b.offset);
  for (const { number, offset, size } of partitions) {
    const superblock = fileSystems.find(({ partition }) => partition?.number === number)?.superblock;
    const of = ` of partition ${number}`;
    regions.push({ end: offset, name: `before partition ${number}` });
    regions.push({ end: offset + SUPERBLOCK, name: `boot sector${of}` });
    regions.push({ end: offset + 2 * SUPERBLOCK, name: `superblock${of}` });
    const blocks = superblock && { offset, size: superblock.blockSize };
    regions.push({ end: offset + size, name: `file system${of}`, ...(blocks && { blocks }) });
  }
  return [...regions, { end: Number.POSITIVE_INFINITY, name: 'behind the partitions' }];
}

function words({ name, blocks }: Region, at: number): string {
  return blocks ? `${name}, from block ${Math.floor((at - blocks.offset) / blocks.size)}` : name;
}
