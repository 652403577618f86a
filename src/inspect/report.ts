import type { SuperblockInfo } from 'ext2fs-wasm';
import type { Compression } from '../formats/compression/index.ts';
import type { ImageConfig } from '../formats/oci/index.ts';
import { breather, type Host } from '../host.ts';
import { createSpool } from '../store/spool.ts';
import { isEfiSystem, isExtendedBoot } from './boot/grub-machine.ts';
import type { Volume } from './boot/volumes.ts';
import type { PartitionTable } from './disk.ts';
import type { ImageKind, OpenedImage } from './image.ts';
import { bootFacts, type RootFacts, rootFacts } from './root-facts.ts';

/** One file system of an image, and what is in it. */
export interface FileSystemReport extends SuperblockInfo {
  /** Number of its partition; absent when the image is a file system as a whole. */
  readonly partition?: number;
  /** In bytes, as the file system has them. */
  readonly size: number;
  readonly free: number;
  readonly root: RootFacts;
}

/** All that {@link inspectImage} finds; plain JSON. */
export interface ImageReport {
  readonly path: string;
  readonly kind: ImageKind;
  /** Of the file as it is, in bytes; 0 for folders. */
  readonly size: number;
  readonly compression: Compression;
  readonly partitionTable?: PartitionTable;
  /** Numbers of EFI system and extended boot loader partitions that are not read here: boot entries may be in them. */
  readonly unreadBoot?: readonly number[];
  /** Of disks and bare file systems. */
  readonly fileSystems: readonly FileSystemReport[];
  /** Of images of OCI. */
  readonly config?: ImageConfig;
  /** Of what has no file system: archives, images of OCI, folders. */
  readonly root?: RootFacts;
}

/**
 * Tells what an image is and holds.
 *
 * @throws what reading the image throws
 */
export async function inspectImage(
  image: OpenedImage,
  host: Pick<Host, 'temporaryDirectory' | 'now' | 'signal'>,
): Promise<ImageReport> {
  const { path, kind, size, compression, partitionTable, config } = image;
  const spool = createSpool(host.temporaryDirectory);
  const pause = breather(host);
  try {
    const volumes: Volume[] = [];
    for (const { partition, superblock } of image.fileSystems) {
      const tree = await image.tree(partition?.number);
      volumes.push({ tree, superblock, ...(partition && { partition }) });
    }
    const hasRoot = kind !== 'disk' && kind !== 'filesystem';
    if (hasRoot) volumes.push({ tree: await image.tree() });
    const boots = await bootFacts(
      { all: volumes, ...(partitionTable && { partitionTable }) },
      { sink: spool, pause, signal: host.signal },
    );
    const roots: RootFacts[] = [];
    for (const [index, { tree }] of volumes.entries())
      roots.push(await rootFacts(tree, boots[index]!, pause));
    const unreadBoot = (partitionTable?.partitions ?? [])
      .filter((item) => (isEfiSystem(item) || isExtendedBoot(item)) && item.fileSystem !== 'ext')
      .map(({ number }) => number);
    return {
      path,
      kind,
      size,
      compression,
      ...(partitionTable && { partitionTable }),
      ...(unreadBoot.length > 0 && { unreadBoot }),
      fileSystems: image.fileSystems.map(({ partition, superblock }, index) => ({
        ...(partition && { partition: partition.number }),
        ...superblock,
        size: superblock.blocks * superblock.blockSize,
        free: superblock.freeBlocks * superblock.blockSize,
        root: roots[index]!,
      })),
      ...(config && { config }),
      ...(hasRoot && { root: roots[0]! }),
    };
  } finally {
    spool.close();
  }
}
