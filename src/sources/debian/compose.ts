import { RootlessBakeError } from '../../errors.ts';
import { isAllowed, parseRelations } from '../../formats/debian/index.ts';
import type { Pause } from '../../host.ts';
import { metadata } from '../../tree/entry.ts';
import { layerWithPauses, type Placement, type Settlement } from '../../tree/layer.ts';
import { Tree } from '../../tree/tree.ts';
import type { DebianPackage } from '../deb.ts';

/**
 * Lays packages over one another, in the order in which dpkg would unpack them. A file that two of them bring is that
 * of the one that declares `Replaces` on the other, of the later one when both do. Directories are as the first
 * package has them.
 *
 * @throws RB_TREE_CONFLICT when two packages bring different things to one path
 */
export async function composePackages(packages: readonly DebianPackage[], pause: Pause): Promise<Tree> {
  const [first, ...others] = packages;
  if (others.length === 0) return first?.tree ?? new Tree();
  const { name, version, tree: lowest } = first!;
  const tree = new Tree(metadata({ ...lowest.root, origin: `package ${name}-${version}` }));
  const owners = new Map<string, DebianPackage>();
  for (const item of packages) {
    const settle = (path: string): Settlement => {
      const owner = owners.get(path);
      if (!owner) return 'refuse';
      if (doesReplace(item, owner)) return 'replace';
      return doesReplace(owner, item) ? 'skip' : 'refuse';
    };
    for (const { path } of await placed(tree, item, settle, pause)) owners.set(path, item);
  }
  return tree;
}

async function placed(
  tree: Tree,
  item: DebianPackage,
  settle: (path: string) => Settlement,
  pause: Pause,
): Promise<Placement[]> {
  try {
    return await layerWithPauses(tree, item.tree, { settle }, pause);
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_TREE_CONFLICT') throw error;
    throw new RootlessBakeError(error.code, error.message, {
      hint: 'neither package declares that it replaces the other: leave one out, or pick what you need by only',
      cause: error,
    });
  }
}

function doesReplace({ control }: DebianPackage, { name, version }: DebianPackage): boolean {
  return parseRelations(control.get('Replaces') ?? '').some(
    (relation) => relation.name === name && isAllowed(version, relation),
  );
}
