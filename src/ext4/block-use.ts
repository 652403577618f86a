/** What the blocks of an ext2, ext3 or ext4 file system are used for, as its own bitmaps and descriptors say. */
import { type BlockDevice, Ext2fsError, openReader } from 'ext2fs-wasm';
import { type BlockUse, type Claim, type GroupLayout, groupLayout } from './group-layout.ts';

/** By the numbers that blocks are painted with. */
export const BLOCK_USES: readonly BlockUse[] = ['free', 'used', 'journal', 'inodes', 'bitmaps', 'superblock'];

/** A run of blocks, in bytes. */
export interface BlockRun {
  readonly use: BlockUse;
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads every block bitmap. The runs touch each other and cover the file system; what a device that was cut off
 * lacks counts as free.
 *
 * @param pause is called between groups
 * @throws Ext2fsError when there is no file system, or it is damaged
 */
export async function readBlockUse(
  device: BlockDevice,
  pause: () => Promise<void> | undefined = () => undefined,
): Promise<BlockRun[]> {
  const layout = groupLayout(device);
  const { blockSize, blocks, firstBlock, blocksPerGroup, clusterBlocks, groups } = layout;
  const byGroup = claimsByGroup(layout, [...layout.claims, ...(await journalClaims(device, layout))]);
  const runs: { use: BlockUse; offset: number; length: number }[] = [];
  const append = (use: BlockUse, count: number): void => {
    const last = runs.at(-1);
    const length = count * blockSize;
    if (last?.use === use) last.length += length;
    else if (count > 0) runs.push({ use, offset: last ? last.offset + last.length : 0, length });
  };
  append('superblock', firstBlock);
  const bitmap = new Uint8Array(blockSize);
  const uses = new Uint8Array(blocksPerGroup);
  for (const [index, group] of groups.entries()) {
    const start = firstBlock + index * blocksPerGroup;
    const count = Math.min(blocksPerGroup, blocks - start);
    uses.fill(0);
    const at = group.blockBitmap * blockSize;
    if (!group.isUninitialized && at + blockSize <= device.size) {
      device.read(bitmap, at);
      for (let block = 0; block < count; block += 1) {
        const bit = Math.floor(block / clusterBlocks);
        uses[block] = (bitmap[bit >> 3]! >> (bit & 7)) & 1;
      }
    }
    for (const claim of byGroup.get(index) ?? []) {
      uses.fill(BLOCK_USES.indexOf(claim.use), claim.start, claim.start + claim.count);
    }
    for (let from = 0; from < count; ) {
      let to = from + 1;
      while (to < count && uses[to] === uses[from]) to += 1;
      append(BLOCK_USES[uses[from]!]!, to - from);
      from = to;
    }
    await pause();
  }
  return runs;
}

/** Bytes of each use. */
export function sumBlockUse(runs: readonly BlockRun[]): Record<BlockUse, number> {
  const sums: Record<BlockUse, number> = {
    superblock: 0,
    bitmaps: 0,
    inodes: 0,
    journal: 0,
    used: 0,
    free: 0,
  };
  for (const { use, length } of runs) sums[use] += length;
  return sums;
}

/** A journal whose inode is damaged counts as used space. */
async function journalClaims(
  device: BlockDevice,
  { blockSize, journalInode }: GroupLayout,
): Promise<Claim[]> {
  if (journalInode === 0) return [];
  const reader = await openReader(device);
  try {
    return reader.extents(journalInode).map(({ offset, length }) => ({
      use: 'journal',
      start: offset / blockSize,
      count: length / blockSize,
    }));
  } catch (error) {
    if (error instanceof Ext2fsError) return [];
    throw error;
  } finally {
    reader.close();
  }
}

/** Claims cut at the borders of groups, relative to their first blocks. */
function claimsByGroup(
  { firstBlock, blocks, blocksPerGroup }: GroupLayout,
  claims: readonly Claim[],
): Map<number, Claim[]> {
  const found = new Map<number, Claim[]>();
  for (const { use, start, count } of claims) {
    const end = Math.min(start + count, blocks) - firstBlock;
    for (let at = Math.max(start - firstBlock, 0); at < end; ) {
      const group = Math.floor(at / blocksPerGroup);
      const next = Math.min(end, (group + 1) * blocksPerGroup);
      const list = found.get(group) ?? [];
      list.push({ use, start: at - group * blocksPerGroup, count: next - at });
      found.set(group, list);
      at = next;
    }
  }
  return found;
}
