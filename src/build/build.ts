import type { BakeTarget } from '../bake/options.ts';
import { checkFileOutput } from '../disk/image-file.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Cake } from '../recipe/cake.ts';
import type { Pin } from '../sources/pins.ts';
import { bakePart } from './bake-part.ts';
import { type Lock, writeLock } from './lock-file.ts';
import type { BakedCake, BuildOptions, BuiltRoot, LockedCake } from './options.ts';
import { Build, localDigests } from './session.ts';

/** Cooks a recipe's root, or restores it. @throws what cooking and the lock throw */
export async function buildRoot(cake: Cake, options: BuildOptions, host: Host): Promise<BuiltRoot> {
  const build = await Build.open(cake, options, host);
  const root = await build.root({ needsDigest: true });
  try {
    const sha256 = await root.digest!;
    await build.finish(root);
    await build.describe({ ...root, sha256 });
    return { ...root, sha256, inputs: await build.inputs() };
  } catch (error) {
    await root.dispose();
    throw error;
  }
}

/**
 * Cooks a recipe and bakes its image, or restores either.
 *
 * @throws RB_RECIPE_INVALID for a recipe that only cooks; what cooking, baking and the lock throw
 */
export async function buildImage(
  cake: Cake,
  target: BakeTarget,
  options: BuildOptions,
  host: Host,
): Promise<BakedCake> {
  const part = bakePart(cake);
  checkFileOutput(target.path, target);
  const build = await Build.open(cake, options, host);
  const restored = await build.image(target);
  if (restored) {
    await build.describeImage(restored);
    return restored;
  }
  const root = await build.root();
  try {
    const { bake } = await import('../bake/bake.ts');
    const image = await bake(part, root, target, host, build.means);
    const tree = await root.digest;
    await build.finish(root);
    if (!target.volume) await build.kept.keepImage(image, root);
    await build.describeImage(image, root);
    const { data: _, ...result } = image;
    return {
      ...result,
      ...(tree !== undefined && { cookedSha256: tree }),
      packages: root.packages,
      inputs: await build.inputs(),
    };
  } finally {
    await root.dispose();
  }
}

/**
 * Looks up every input of a recipe and writes its lock. What the lock has already stays as it is.
 *
 * @param update entries to look up anew, by the names of packages, images and kinds; none: all of them;
 *   undefined: only those that the lock lacks
 * @throws RB_ARGUMENT for a recipe in code without `lockFile`, and for a name that the lock does not have
 * @throws what cooking throws, RB_LOCK_INVALID, RB_OUTPUT_UNWRITABLE
 */
export async function buildLock(
  cake: Cake,
  options: Pick<BuildOptions, 'lockFile'> & { readonly update?: readonly string[] | undefined },
  host: Host,
): Promise<LockedCake> {
  const { update, lockFile } = options;
  const path = lockFile || cake.lockFile;
  if (path === undefined) {
    throw new RootlessBakeError('RB_ARGUMENT', 'a recipe in code has no lock of its own', {
      hint: 'name the lock with lockFile',
    });
  }
  checkFileOutput(path, { force: true });
  const build = await Build.open(cake, { lockFile: path }, host, update);
  const root = await build.root();
  try {
    const tree = await root.digest;
    await build.lookUpForBake(root);
    await build.finish(root);
    const { lock: before } = build.session;
    const inputs = await build.means.pins.used();
    const lock: Lock = {
      name: cake.name,
      ...(tree !== undefined && { tree }),
      inputs,
      local: await localDigests(cake, build.means),
    };
    writeLock(path, lock);
    const texts = new Set((before?.inputs ?? []).map((pin) => JSON.stringify(plain(pin))));
    const changed = inputs.filter((pin) => !texts.has(JSON.stringify(plain(pin))));
    const names = new Set(inputs.map(({ kind, name }) => `${kind} ${name}`));
    const removed = (before?.inputs ?? []).map(({ kind, name }) => `${kind} ${name}`);
    return {
      path,
      lock,
      changed: changed.map(({ kind, name }) => `${kind} ${name}`),
      removed: removed.filter((name) => !names.has(name)),
    };
  } finally {
    await root.dispose();
  }
}

/** What of an entry counts as a change. */
function plain({ kind, name, key, value, files }: Pin): unknown {
  return { kind, name, key, value, files };
}
