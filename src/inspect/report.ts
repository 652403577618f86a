import type { SuperblockInfo } from 'ext2fs-wasm';
import type { Compression } from '../formats/compression/index.ts';
import type { ImageConfig } from '../formats/oci/index.ts';
import type { Host } from '../host.ts';
import { createSpool } from '../store/spool.ts';
import type { PartitionTable } from './disk.ts';
import type { ImageKind, OpenedImage } from './image.ts';
import { type RootFacts, rootFacts } from './root-facts.ts';

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
  host: Pick<Host, 'temporaryDirectory'>,
): Promise<ImageReport> {
  const { path, kind, size, compression, partitionTable, config } = image;
  const spool = createSpool(host.temporaryDirectory);
  try {
    const fileSystems: FileSystemReport[] = [];
    for (const { partition, superblock } of image.fileSystems) {
      const { blocks, freeBlocks, blockSize } = superblock;
      fileSystems.push({
        ...(partition && { partition: partition.number }),
        ...superblock,
        size: blocks * blockSize,
        free: freeBlocks * blockSize,
        root: await rootFacts(await image.tree(partition?.number), spool),
      });
    }
    const hasRoot = kind !== 'disk' && kind !== 'filesystem';
    return {
      path,
      kind,
      size,
      compression,
      ...(partitionTable && { partitionTable }),
      fileSystems,
      ...(config && { config }),
      ...(hasRoot && { root: await rootFacts(await image.tree(), spool) }),
    };
  } finally {
    spool.close();
  }
}
