/**
 * Bakes again what was baked before, with nothing changed: how much of the time of a run is left. The peer is
 * Node.js itself, which does nothing.
 */
import { join } from 'node:path';
import { ours } from './bake-contest.mjs';
import { prepareInputs } from './inputs.mjs';

export const unchangedContest = {
  name: 'unchanged',
  title: 'the same disk again',
  takes: (root) => root.boots,
  contestants(root, work) {
    const image = join(work, `${root.name}-unchanged.img`);
    const gone = join(work, `${root.name}-gone.img`);
    const inputs = prepareInputs();
    const store = join(work, 'unchanged-store');
    return [
      {
        name: 'rootless-bake',
        image,
        keep: true,
        command: [...ours(root, inputs, image, work, store), '--force'],
      },
      { name: 'rootless-bake, image gone', image: gone, command: ours(root, inputs, gone, work, store) },
      { name: 'node -e 0', command: [process.execPath, '-e', '0'] },
    ];
  },
  describe: () => undefined,
};
