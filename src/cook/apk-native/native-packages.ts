import { forKey } from '../../errors.ts';
import { requireDependency } from '../../formats/apk/index.ts';
import { breather } from '../../host.ts';
import {
  type ApkPlan,
  loadRepositories,
  type PinnedPlan,
  pinnedPlan,
  pinPlan,
  planOf,
  resolve,
  Universe,
} from '../../sources/alpine/index.ts';
import type { SourceMeans } from '../../sources/means.ts';
import type { Tree } from '../../tree/tree.ts';
import { type ApkRequest, apkRequest } from '../apk/apk-request.ts';
import type { CookOptions } from '../options.ts';
import type { InstallPlan } from './install.ts';
import { RootDatabase } from './root-database.ts';

/** What is to be installed in process. */
export interface NativePackages {
  readonly plan: InstallPlan;
  /** Seconds since 1970; 0 when nothing is installed. */
  readonly newestBuild: number;
}

/**
 * Plans the installation of a recipe's packages: as the lock has it, else by the repositories of the recipe, or of
 * the root. The packages are on this machine then, and verified.
 *
 * @throws RB_APK_FAILED when they cannot be had together, RB_ARGUMENT for what names no package
 * @throws what loading repositories and fetching packages throws
 */
export async function planPackages(
  options: Pick<CookOptions, 'base' | 'packages' | 'repositories' | 'apkKeys'>,
  tree: Tree,
  means: SourceMeans,
): Promise<NativePackages> {
  const request = apkRequest(options, tree, means);
  const database = new RootDatabase(tree);
  const world = new Map(database.world.map((dependency) => [dependency.name, dependency]));
  for (const dependency of request.packages.map(requireDependency)) world.set(dependency.name, dependency);
  let plan: ApkPlan | undefined;
  const pinned = await means.pins.resolve<PinnedPlan>(request.pin, async () => {
    plan = await lookUp(options, request, database, [...world.values()], means);
    return pinPlan(plan);
  });
  plan ??= await pinnedPlan(pinned, request.pin, request.repositories, means);
  const times = plan.changes.map((change) => (change.type === 'install' ? change.file.info.built : 0));
  return { plan: { ...plan, world: [...world.values()] }, newestBuild: Math.max(0, ...times) };
}

async function lookUp(
  options: Pick<CookOptions, 'base' | 'repositories'>,
  { repositories, architecture, keys }: ApkRequest,
  database: RootDatabase,
  world: InstallPlan['world'],
  means: SourceMeans,
): Promise<ApkPlan> {
  const loaded = await forKey(sourceOf(options), () =>
    loadRepositories(repositories, { architecture, keys, means }),
  );
  const universe = new Universe(loaded, Buffer.from(database.text, 'utf8'));
  return await planOf(await resolve(universe, world, breather(means.host)), loaded, architecture, means);
}

/** The key of the recipe that says where packages come from; undefined where the root does. */
function sourceOf({
  base,
  repositories,
}: Pick<CookOptions, 'base' | 'repositories'>): () => string | undefined {
  const ofBase =
    'alpine' in base ? `cook.base.${base.mirror === undefined ? 'alpine' : 'mirror'}` : undefined;
  return () => (repositories ? 'cook.repositories' : ofBase);
}
