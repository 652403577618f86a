import type { Pause } from '../host.ts';
import { APK_INSTALLED, apkComponents } from '../sbom/apk-components.ts';
import { DPKG, debComponents } from '../sbom/deb-components.ts';
import { type Distribution, distributionOf } from '../sbom/distribution.ts';
import { treeTotals } from '../tree/totals.ts';
import { sortedNames, type Tree } from '../tree/tree.ts';
import { type BootConfig, type BootRoot, defaultEntry } from './boot/facts.ts';
import { findBootConfig } from './boot/find-config.ts';
import {
  type BootMeans,
  type InitrdFacts,
  initrdFacts,
  type KernelFacts,
  kernelFacts,
} from './boot/loaded.ts';
import { findRoot } from './boot/root-device.ts';
import { fileAt, type Volumes } from './boot/volumes.ts';

/** What a root file system says of itself. */
export interface RootFacts {
  /** Names, the root's included. */
  readonly entries: number;
  /** Of the files, each name by itself. */
  readonly bytes: number;
  /** os-release. */
  readonly os?: Distribution;
  /** Counts of installed packages, by the databases that are there. */
  readonly packages: { readonly apk?: number; readonly deb?: number };
  /** The configuration of the boot loader that is on this file system. */
  readonly boot?: BootConfig;
  /** The partition whose configuration boots this file system as its root, when it is another one. */
  readonly bootedFrom?: number;
  /** Of the entry that is booted when nobody chooses. */
  readonly kernel?: KernelFacts;
  readonly initrds?: readonly InitrdFacts[];
  /** What that entry takes for the root file system: as its own initrd says, else its command line. */
  readonly bootedRoot?: BootRoot;
}

/** Text files beyond this are none that a system has. */
const TEXT_LIMIT = 256 << 20;
/** What is known of the boot of each tree of an image. */
export type BootFacts = Pick<RootFacts, 'boot' | 'bootedFrom' | 'kernel' | 'initrds' | 'bootedRoot'>;

/** Looks at what a tree has: distribution, packages, and what is known of its boot. */
export async function rootFacts(tree: Tree, boot: BootFacts, pause: Pause): Promise<RootFacts> {
  const { names, bytes } = await treeTotals(tree, pause);
  const os = isReadable(tree, ['/etc/os-release', '/usr/lib/os-release']) ? distributionOf(tree) : undefined;
  await pause();
  const packages = packageCounts(tree);
  return {
    entries: names,
    bytes,
    ...(os && { os }),
    packages,
    ...boot,
  };
}

/** Looks at how the trees of an image are booted, in their order. */
export async function bootFacts(volumes: Volumes, means: BootMeans): Promise<BootFacts[]> {
  const configs = volumes.all.map((volume) => findBootConfig(volume, volumes));
  const facts: { -readonly [Key in keyof BootFacts]: BootFacts[Key] }[] = [];
  for (const [index, volume] of volumes.all.entries()) {
    const boot = configs[index];
    // Without a configuration of its own, what lies below /boot may be hidden by a file system that is mounted there.
    const number = volume.partition?.number;
    const isBooted = !boot && number !== undefined && configs.some((item) => rootPartition(item) === number);
    const kernel = isBooted ? undefined : kernelFacts(volume, boot, volumes);
    const initrds = isBooted ? [] : await initrdFacts(volume, boot, volumes, means);
    const uuid = initrds.find(({ rootUuid }) => rootUuid !== undefined)?.rootUuid;
    const bootedRoot = uuid === undefined ? defaultEntry(boot)?.root : findRoot(`UUID=${uuid}`, volumes);
    facts.push({
      ...(boot && { boot }),
      ...(kernel && { kernel }),
      ...(initrds.length > 0 && { initrds }),
      ...(bootedRoot && { bootedRoot }),
    });
  }
  for (const [index, { boot, bootedRoot }] of facts.entries()) {
    const from = volumes.all[index]!.partition?.number;
    const root = bootedRoot?.partition;
    const target = facts[volumes.all.findIndex(({ partition }) => partition && partition.number === root)];
    if (boot && target && from !== undefined && root !== from && !target.boot) target.bootedFrom ??= from;
  }
  return facts;
}

function rootPartition(boot: BootConfig | undefined): number | undefined {
  return defaultEntry(boot)?.root?.partition;
}

function packageCounts(tree: Tree): RootFacts['packages'] {
  const parts = tree.resolve(`${DPKG}/status.d`)?.entry;
  const folder = parts?.type === 'directory' ? sortedNames(parts) : [];
  const dpkg = [`${DPKG}/status`, ...folder.map((name) => `${DPKG}/status.d/${name}`)];
  const hasDpkg = folder.length > 0 || fileAt(tree, `${DPKG}/status`) !== undefined;
  return {
    ...(fileAt(tree, APK_INSTALLED) &&
      isReadable(tree, [APK_INSTALLED]) && { apk: apkComponents(tree).length }),
    ...(hasDpkg && isReadable(tree, dpkg) && { deb: debComponents(tree).length }),
  };
}

/** Whether files, as far as they are there, are of a size to be read as a whole. */
export function isReadable(tree: Tree, paths: readonly string[]): boolean {
  const total = paths.reduce((sum, path) => sum + (fileAt(tree, path)?.content.size ?? 0), 0);
  return total <= TEXT_LIMIT;
}
