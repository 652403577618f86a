import type { Steps } from '../../events.ts';
import { breather, type Host } from '../../host.ts';
import { treeTotals } from '../../tree/totals.ts';
import type { Tree } from '../../tree/tree.ts';
import { checkTreeDigest } from './check-tree-digest.ts';
import { startTreeDigest } from './tree-digest.ts';

/**
 * The digest of a cooked tree as a step of its own, beside others. One that nothing was said of is told, for the
 * recipe. The tree must stay as it is until the promise settles.
 *
 * @param wanted in hex
 * @throws RB_DIGEST_MISMATCH, and what reading contents throws
 */
export async function digestStep(
  tree: Tree,
  wanted: string | undefined,
  steps: Steps,
  host: Host,
): Promise<string> {
  const { digest } = await steps.run(
    'tree digest',
    async () => {
      const { bytes } = await treeTotals(tree, breather(host));
      const actual = await startTreeDigest(tree, bytes, host);
      if (wanted !== undefined) checkTreeDigest(actual, wanted);
      return { digest: actual, bytes };
    },
    ({ bytes }) => ({ amount: { count: bytes, unit: 'bytes' } }),
  );
  if (wanted === undefined) {
    host.emit({ type: 'message', level: 'info', text: `cooked tree, for the recipe: sha256: ${digest}` });
  }
  return digest;
}
