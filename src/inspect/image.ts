import type { SuperblockInfo } from 'ext2fs-wasm';
import type { Compression } from '../formats/compression/index.ts';
import type { ImageConfig } from '../formats/oci/index.ts';
import type { Content } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import type { ReadableVolume } from '../tree/volume.ts';
import type { Partition, PartitionTable } from './disk.ts';

/**
 * What a path holds: a disk with a partition table, one ext2, ext3 or ext4 file system, an archive, an image of OCI
 * or of `docker save`, a folder.
 */
export type ImageKind = 'disk' | 'filesystem' | 'tar' | 'cpio' | 'oci' | 'docker' | 'folder';

/** Where an image lies, and which of several it is. */
export interface OpenImageOptions {
  /** The file system that `path` is in: `node:fs` unless told. */
  readonly volume?: ReadableVolume;
  /** For an image of OCI for several: `os/architecture[/variant]`; default linux/amd64. */
  readonly platform?: string;
}

/** A file system of an image that can be read. */
export interface OpenedFileSystem {
  /** Absent when the image is a file system as a whole. */
  readonly partition?: Partition;
  readonly superblock: SuperblockInfo;
}

/** An image that is open to be looked into. Nothing in it is ever written. Close it when done. */
export interface OpenedImage {
  readonly path: string;
  readonly kind: ImageKind;
  /** Of the file as it is, in bytes; 0 for folders. */
  readonly size: number;
  /** Of the file as a whole. */
  readonly compression: Compression;
  /** Of disks. */
  readonly partitionTable?: PartitionTable;
  /** Those that can be read, of disks in the order of the partitions. */
  readonly fileSystems: readonly OpenedFileSystem[];
  /** Of images of OCI and of `docker save`. */
  readonly config?: ImageConfig;
  /** The bytes, decompressed; absent for folders. */
  readonly content?: Content;
  /**
   * All that is in it. Contents are read from the image when they are opened; no longer than until it is closed.
   *
   * @param partition of a disk, by its number; needed when several have file systems that can be read
   * @throws RB_ARGUMENT when there is no such partition, or it has to be told
   * @throws what reading the image throws
   */
  tree(partition?: number): Promise<Tree>;
  close(): void;
}
