import type { Steps } from '../../events.ts';
import type { Host } from '../../host.ts';
import { contentBytes, type Tree } from '../../tree/tree.ts';
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
  const digest = await steps.run(
    'tree digest',
    async () => {
      const actual = await startTreeDigest(tree, host);
      if (wanted !== undefined) checkTreeDigest(actual, wanted);
      return actual;
    },
    () => ({ amount: { count: contentBytes(tree), unit: 'bytes' } }),
  );
  if (wanted === undefined) {
    host.emit({ type: 'message', level: 'info', text: `cooked tree, for the recipe: sha256: ${digest}` });
  }
  return digest;
}
