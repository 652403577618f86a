import { expect, it } from 'vitest';
import { JUDGE_NEEDS } from '../support/ext4-judges.ts';
import { checkRandomTrees } from '../support/ext4-property.ts';
import { oracle } from '../support/oracle.ts';
import { runs, seedFor } from '../support/seed.ts';

const TREES = runs(1000);
const HOURS = 24 * 3_600_000;

oracle(JUDGE_NEEDS)('random trees in random file systems', () => {
  it(
    'are what e2fsck, debugfs, the kernel and our reader find',
    async () => {
      const { failures, trees, images, names } = await checkRandomTrees(seedFor('trees'), TREES);
      expect(failures.join('\n\n')).toBe('');
      process.stdout.write(`${trees} random trees of ${names} names in ${images} images: no difference\n`);
    },
    HOURS,
  );
});
