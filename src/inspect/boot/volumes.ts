import type { SuperblockInfo } from 'ext2fs-wasm';
import { readContent } from '../../tree/content.ts';
import type { FileEntry } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Partition, PartitionTable } from '../disk.ts';

/** A tree of an image, and how it is known to boot loaders. */
export interface Volume {
  readonly tree: Tree;
  /** Absent when the image has no partitions. */
  readonly partition?: Partition;
  /** Absent for archives, folders and images of OCI. */
  readonly superblock?: Pick<SuperblockInfo, 'uuid' | 'label'>;
}

/** All of an image that can be read, and what is known of the rest. */
export interface Volumes {
  readonly all: readonly Volume[];
  readonly partitionTable?: PartitionTable;
}

/** Configurations and environments beyond this are none. */
const TEXT_LIMIT = 1 << 20;

/** The file that a path leads to. */
export function fileAt(tree: Tree, path: string): FileEntry | undefined {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? entry : undefined;
}

/** A file as text; undefined when it is not there or larger than a mebibyte. */
export function textAt(tree: Tree, path: string): string | undefined {
  const file = fileAt(tree, path);
  if (!file || file.content.size > TEXT_LIMIT) return undefined;
  return Buffer.from(readContent(file.content)).toString('utf8');
}

/** Types of partitions without a file system: GRUB's BIOS boot partition, and those that only hold others. */
const WITHOUT = new Set(['21686148-6449-6E6F-744E-656564454649', '5', 'f', '85']);

/** Whether there are partitions that may have a file system which is not read here. */
export function hasUnread({ partitionTable, all }: Volumes): boolean {
  return (partitionTable?.partitions ?? []).some(
    ({ number, type, fileSystem }) =>
      fileSystem !== 'swap' &&
      !(WITHOUT.has(type) && fileSystem === undefined) &&
      !all.some(({ partition }) => partition?.number === number),
  );
}
