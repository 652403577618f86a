import { basename } from 'node:path';
import type { BlockDevice } from 'ext2fs-wasm';
import { type BlockRun, readBlockUse } from '../ext4/block-use.ts';
import { breather, type Host, throwIfAborted } from '../host.ts';
import { contentDevice } from '../inspect/content-device.ts';
import type { Partition } from '../inspect/disk.ts';
import type { OpenedImage } from '../inspect/image.ts';
import { escapeName } from '../inspect/listing.ts';
import { type FileSystemReport, type ImageReport, inspectImage } from '../inspect/report.ts';
import type { RootFacts } from '../inspect/root-facts.ts';
import type { Component } from '../sbom/component.ts';
import type { Tree } from '../tree/tree.ts';
import { type BootStep, bootChain } from './boot-chain.ts';
import { type DiskMap, diskMap } from './disk-map.ts';
import { findPackages, type PackageShare, packageShares } from './packages.ts';
import { type LargeFile, type Share, shareOut } from './shares.ts';
import { type TreeNode, treeMap } from './tree-map.ts';

/** A root as it was cooked: its entries tell which input each is from. */
export interface ReportOrigins {
  readonly tree: Tree;
  /** Packages that no database of the root knows. */
  readonly brought?: readonly Component[] | undefined;
  /** Of the recipe: files of it are told relative to this. */
  readonly folder?: string | undefined;
}

/** What a report is about, and how far it goes. */
export interface ReportDataOptions {
  /** Of a disk: only this partition's tree. Default: that of each file system that can be read. */
  readonly partition?: number;
  /** How many of the largest files; default 50. */
  readonly files?: number;
  /** Of the recipe that the image is from. */
  readonly origins?: ReportOrigins;
}

/** A file system's blocks. */
export interface FileSystemMap {
  readonly fileSystem: FileSystemReport;
  /** They touch each other and cover the file system. */
  readonly runs: readonly BlockRun[];
}

/** A tree of an image, and what is known of it. */
export interface RootData {
  readonly partition?: number;
  readonly facts: RootFacts;
  readonly chain: readonly BootStep[];
  readonly tree: TreeNode;
  readonly byDirectory: readonly Share[];
  readonly byOrigin?: readonly Share[];
  readonly packages: readonly PackageShare[];
  /** What belongs to none of the packages. */
  readonly unowned: Omit<Share, 'name'>;
  readonly largest: readonly LargeFile[];
}

/** All that a report shows. It depends on what the image holds and on its name, not on its folder nor on time. */
export interface ReportData {
  /** Of the image's file, without control characters. */
  readonly name: string;
  readonly image: Omit<ImageReport, 'path'>;
  readonly disk?: DiskMap;
  readonly fileSystems: readonly FileSystemMap[];
  readonly roots: readonly RootData[];
}

const LARGEST = 50;
const SECTOR = 512;

/**
 * Gathers what a report of an image shows.
 *
 * @throws RB_ARGUMENT when there is no such partition; what reading the image throws
 */
export async function reportData(
  opened: OpenedImage,
  options: ReportDataOptions,
  host: Pick<Host, 'now' | 'signal' | 'temporaryDirectory'>,
): Promise<ReportData> {
  const image = readOnce(opened);
  const { path, ...report } = await inspectImage(image, host);
  const { partitionTable, fileSystems } = report;
  const maps: FileSystemMap[] = [];
  const roots: RootData[] = [];
  for (const [index, fileSystem] of fileSystems.entries()) {
    const { partition } = image.fileSystems[index]!;
    const runs = await onDevice(image, partition, (device) => readBlockUse(device, breather(host)));
    maps.push({ fileSystem, runs });
    if (options.partition !== undefined && options.partition !== fileSystem.partition) continue;
    const tree = await image.tree(fileSystem.partition);
    const chain = await chainOf(image, report, fileSystem, tree);
    const data = await rootData(tree, fileSystem.root, chain, options, host);
    roots.push({ ...(partition && { partition: partition.number }), ...data });
  }
  if (options.partition !== undefined && roots.length === 0) await image.tree(options.partition);
  if (report.root) {
    const tree = await image.tree();
    const chain = bootChain(tree, report.root, { image: report, rootTree: tree });
    roots.push(await rootData(tree, report.root, chain, options, host));
  }
  return {
    name: escapeName(basename(path)),
    image: report,
    ...(partitionTable && { disk: diskMap(partitionTable, image.content!.size) }),
    fileSystems: maps,
    roots,
  };
}

/** The same image, each of whose trees is read once: they are looked at again and again. */
function readOnce(image: OpenedImage): OpenedImage {
  const trees = new Map<number | undefined, Promise<Tree>>();
  const tree = (partition?: number): Promise<Tree> => {
    const found = trees.get(partition) ?? image.tree(partition);
    trees.set(partition, found);
    return found;
  };
  return { ...image, tree };
}

/** The boot that a file system is part of: its own configuration's, or the one that it is the root of. */
async function chainOf(
  image: OpenedImage,
  report: Omit<ImageReport, 'path'>,
  own: FileSystemReport,
  tree: Tree,
): Promise<BootStep[]> {
  const from = own.root.bootedFrom ?? own.partition;
  const source = report.fileSystems.find(({ partition }) => partition === from)!;
  const partition = image.fileSystems.find((item) => item.partition?.number === from)!.partition;
  const treeOf = async (number: number | undefined): Promise<Tree> =>
    number === own.partition ? tree : await image.tree(number);
  const { state, partition: root } = source.root.bootedRoot ?? { state: 'unknown' };
  const isRead = report.fileSystems.some((item) => item.partition === root);
  const rootTree = state === 'found' ? isRead && (await treeOf(root)) : tree;
  const bootSector = await onDevice(image, partition, firstSector);
  const place = { image: report, partition, bootSector, rootTree: rootTree || undefined };
  return bootChain(await treeOf(from), source.root, place);
}

async function rootData(
  tree: Tree,
  facts: RootFacts,
  chain: readonly BootStep[],
  { files = LARGEST, origins }: ReportDataOptions,
  host: Pick<Host, 'now' | 'signal'>,
): Promise<Omit<RootData, 'partition'>> {
  throwIfAborted(host.signal);
  await breather(host)();
  const packages = await findPackages(tree, origins?.brought ?? [], host);
  const { ownerOf } = packages;
  const shares = await shareOut(tree, { ownerOf, origins, files }, host);
  const { byDirectory, byComponent, byOrigin, largest } = shares;
  return {
    facts,
    chain,
    tree: await treeMap(tree, host),
    byDirectory,
    ...(byOrigin && { byOrigin }),
    packages: await packageShares(packages, { byComponent }, facts, breather(host)),
    unowned: byComponent.get(undefined) ?? { bytes: 0, entries: 0 },
    largest,
  };
}

/** Opens the bytes of a partition, or of the image as a whole. */
async function onDevice<T>(
  { content }: OpenedImage,
  partition: Partition | undefined,
  work: (device: BlockDevice) => Promise<T> | T,
): Promise<T> {
  const { offset, size } = partition ?? { offset: 0, size: content!.size };
  const reader = content!.open();
  try {
    return await work(contentDevice(reader, offset, Math.max(0, Math.min(size, content!.size - offset))));
  } finally {
    reader.close();
  }
}

function firstSector(device: BlockDevice): Uint8Array {
  const sector = new Uint8Array(Math.min(SECTOR, device.size));
  device.read(sector, 0);
  return sector;
}
