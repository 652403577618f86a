import { expect, it } from 'vitest';
import { JUDGE_NEEDS } from '../support/ext4-judges.ts';
import { checkRandomTrees } from '../support/ext4-property.ts';
import { oracle } from '../support/oracle.ts';

/** RB_PROPERTY_RUNS=50000 RB_PROPERTY_SEED=1 sets how many trees, and which. */
const runs = Number(process.env['RB_PROPERTY_RUNS'] ?? 1000);
const seed = Number(process.env['RB_PROPERTY_SEED'] ?? Date.now() % 2 ** 31);
const HOURS = 24 * 3_600_000;

oracle(JUDGE_NEEDS)('random trees in random file systems', () => {
  it(
    `are what e2fsck, debugfs, the kernel and our reader find: ${runs} trees, seed ${seed}`,
    async () => {
      const { failures, trees, images, names } = await checkRandomTrees(seed, runs);
      expect(failures.join('\n\n')).toBe('');
      process.stdout.write(
        `${trees} random trees of ${names} names in ${images} images, seed ${seed}: no difference\n`,
      );
    },
    HOURS,
  );
});
