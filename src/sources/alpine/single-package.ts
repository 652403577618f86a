import { RootlessBakeError } from '../../errors.ts';
import {
  compareVersions,
  type Dependency,
  inflateData,
  isMet,
  requireDependency,
} from '../../formats/apk/index.ts';
import { readTar } from '../../formats/tar/index.ts';
import { nearest } from '../../suggest.ts';
import type { ContentSink } from '../../tree/content.ts';
import type { Tree } from '../../tree/tree.ts';
import type { SourceMeans } from '../means.ts';
import { damagedPin, type PinRequest } from '../pins.ts';
import { alpineKeys } from './alpine-keys.ts';
import { readKeyFiles } from './key-files.ts';
import {
  type ApkPlan,
  type PinnedPlan,
  type PlannedInstall,
  pinnedLines,
  pinnedPlan,
  pinPlan,
  planInstalls,
} from './plan.ts';
import { type AlpineRepository, loadRepositories, parseRepositories } from './repository.ts';
import { type Package, recordFields, Universe } from './universe.ts';

/** One package of Alpine, without what it depends on. */
export interface ApkSource {
  /** A name, maybe with a version or a tag: `linux-virt`, `syslinux=6.04_pre1-r15`. */
  readonly apk: string;
  /** URLs, or folders that hold `x86_64/`; `@tag ` may stand in front. */
  readonly repositories?: readonly string[];
  /** Files of public keys beside Alpine's own. */
  readonly apkKeys?: readonly string[];
}

export interface SinglePackage {
  readonly name: string;
  readonly version: string;
  /** The fields of its entry in the index, by their letters. */
  readonly fields: ReadonlyMap<string, string>;
  /** Of the .apk, in hex. */
  readonly sha256: string;
  readonly tree: Tree;
}

/** What the image boots on. */
const ARCHITECTURE = 'x86_64';

/**
 * Reads the files of one package: that of the lock, else the newest of the first repository that has it. No script of
 * it is run, and nothing that it depends on is looked at.
 *
 * @throws RB_APK_FAILED when no repository has it, RB_ARGUMENT for what names no package
 * @throws what loading repositories and fetching packages throws
 */
export async function readApkPackage(
  source: ApkSource,
  sink: ContentSink,
  means: SourceMeans,
): Promise<SinglePackage> {
  const lines = parseRepositories(source.repositories ?? []);
  const request = apkPackageRequest(source, means);
  let plan: ApkPlan | undefined;
  const pinned = await means.pins.resolve<PinnedPlan>(request, async () => {
    const keys = new Map([...alpineKeys(), ...readKeyFiles(source.apkKeys ?? [])]);
    const repositories = await loadRepositories(lines, { architecture: ARCHITECTURE, keys, means });
    const item = choose(requireDependency(source.apk), repositories);
    const changes = await planInstalls([item], repositories, ARCHITECTURE, means);
    plan = { architecture: ARCHITECTURE, changes, triggers: [] };
    return pinPlan(plan);
  });
  plan ??= await pinnedPlan(pinned, request, lines, means);
  const [change] = plan.changes;
  if (change?.type !== 'install') throw damagedPin(request);
  return await unpack(change, sink);
}

/** What a lock is asked for one package. */
export function apkPackageRequest({ apk, repositories = [] }: ApkSource, means: SourceMeans): PinRequest {
  const places = pinnedLines(parseRepositories(repositories), means);
  return {
    kind: 'apk',
    name: apk,
    key: { package: apk, repositories: places, architecture: ARCHITECTURE },
  };
}

async function unpack(
  { name, version, record, file }: PlannedInstall,
  sink: ContentSink,
): Promise<SinglePackage> {
  const what = `package ${name}-${version}`;
  const tar = await inflateData(file.open(), what);
  const tree = await readTar([tar], sink, { origin: what, what });
  return { name, version, fields: recordFields(record), sha256: file.sha256, tree };
}

function choose(
  wanted: Dependency,
  repositories: readonly AlpineRepository[],
): { readonly item: Package; readonly tag: string | undefined } {
  const open = repositories.filter(({ tag }) => tag === undefined || tag === wanted.tag);
  const universe = new Universe(repositories, Buffer.alloc(0));
  const bits = repositories.reduce((sum, one, index) => (open.includes(one) ? sum | (2 << index) : sum), 0);
  const [best] = universe
    .name(wanted.name)
    .providers.map((provider) => provider.package)
    .filter(
      (item) => item.name.text === wanted.name && (item.repositories & bits) !== 0 && isMet(wanted, item),
    )
    .sort((a, b) => compareVersions(b.version, a.version));
  if (best) return { item: best, tag: wanted.tag };
  const near = nearest(wanted.name, [...universe.packageNames()]);
  throw new RootlessBakeError(
    'RB_APK_FAILED',
    `no repository has the package ${wanted.name} as it is asked for`,
    {
      hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'check the name and the repositories',
    },
  );
}
