import type { Host } from '../../host.ts';
import { type Difference, diffTrees } from '../../inspect/diff.ts';
import { diffBlocks } from '../../inspect/diff-blocks.ts';
import { openImage } from '../../inspect/open.ts';
import { type BlockDifference, locate } from './regions.ts';

/** In what two images differ. */
export interface ImageDifferences {
  /** Paths of their trees. */
  readonly differences: readonly Difference[];
  /** Bytes; only looked for when their trees hold the same. */
  readonly blocks: readonly BlockDifference[];
}

/**
 * Tells in what two images of one recipe differ: by their paths, else, when these say the same, by their bytes.
 *
 * @throws what reading the images throws, and the reason of the host's signal
 */
export async function compareImages(first: string, second: string, host: Host): Promise<ImageDifferences> {
  const one = await openImage(first, {}, host);
  try {
    const other = await openImage(second, {}, host);
    try {
      const differences = await diffTrees(await one.tree(), await other.tree(), {}, host);
      if (differences.length > 0) return { differences, blocks: [] };
      const { ranges } = await diffBlocks(one.content!, other.content!, host);
      return { differences, blocks: locate(ranges, one) };
    } finally {
      other.close();
    }
  } finally {
    one.close();
  }
}
