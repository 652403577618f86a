import { type BlockDevice, format, openWriter } from 'ext2fs-wasm';
import { ImageFile } from '../disk/image-file.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Steps } from '../events.ts';
import { checkFileSystem } from '../ext4/check.ts';
import { fill } from '../ext4/fill.ts';
import { formatOptions, type RootFileSystem } from '../ext4/format-options.ts';
import { isNoSpace } from '../ext4/no-space.ts';
import { partitionDevice } from '../ext4/partition.ts';
import { neededSize } from '../ext4/space.ts';
import {
  encodeMbr,
  FIRST_SECTOR,
  SECTOR_SIZE,
  singleLinuxPartition,
} from '../formats/mbr-partition/index.ts';
import { breather, type Host } from '../host.ts';
import type { FileEntry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
import type { BakeTarget } from './bake.ts';
import type { Bootloader } from './bootloader.ts';
import { largestDirectories } from './directories.ts';
import { hashImage } from './hash.ts';
import { installBootloader } from './install-bootloader.ts';

/** Where the root file system starts, in bytes. */
const PARTITION_OFFSET = FIRST_SECTOR * SECTOR_SIZE;

export interface ImagePlan extends RootFileSystem {
  /** All that the root file system holds, boot files too. */
  readonly tree: Tree;
  /** The entry whose content depends on its place on the disk. */
  readonly ldlinuxSys: FileEntry;
  readonly bootloader: Bootloader;
  readonly diskId: number;
  /** Of the whole disk, in bytes. */
  readonly size: number;
  /** Of the tree as it was cooked: an image of a tree with the wrong digest gets no name. */
  readonly digest: Promise<string> | undefined;
}

export interface WrittenImage {
  /** Bytes that take up space on the host's disk. */
  readonly allocated: number;
  /** Of the whole image, in hex. */
  readonly sha256: string;
}

/** Writes the whole disk under a temporary name and renames it when it is checked. */
export async function writeImage(
  plan: ImagePlan,
  target: BakeTarget,
  steps: Steps,
  host: Host,
): Promise<WrittenImage> {
  const mbr = singleLinuxPartition({
    diskSize: plan.size,
    diskId: plan.diskId,
    bootCode: plan.bootloader.mbrCode,
  });
  const image = ImageFile.create(target.path, plan.size, target);
  try {
    image.write(encodeMbr(mbr), 0);
    const partition = partitionDevice(image, PARTITION_OFFSET, plan.size - PARTITION_OFFSET);
    await steps.run('root file system', () => writeRoot(plan, partition, host));
    await steps.run('check', () => checkFileSystem(partition));
    const sha256 = await steps.run('image digest', () => hashImage(image, breather(host)));
    if (plan.digest)
      await steps.run(
        'tree digest',
        () => plan.digest!,
        (value) => value,
      );
    const allocated = image.allocated();
    image.commit();
    return { sha256, allocated };
  } finally {
    image.discard();
  }
}

async function writeRoot(plan: ImagePlan, partition: BlockDevice, host: Host): Promise<void> {
  const total = countNames(plan.tree);
  const pause = breather(host);
  let current = 0;
  const onEntry = (): Promise<void> | undefined => {
    current += 1;
    const paused = pause();
    if (paused)
      host.emit({ type: 'step-progress', step: 'root file system', current, total, unit: 'entries' });
    return paused;
  };
  try {
    await format(partition, formatOptions(plan));
    const writer = await openWriter(partition, { epoch: plan.epoch });
    const placed = await fill(writer, partition, plan.tree, {
      deferred: new Set([plan.ldlinuxSys]),
      onEntry,
    });
    const ldlinuxSys = placed.get(plan.ldlinuxSys)!;
    const bootSector = installBootloader(plan.bootloader, ldlinuxSys, partition, writer);
    writer.finish();
    partition.write(bootSector, 0);
  } catch (error) {
    throw isNoSpace(error) ? await noSpace(plan, partition.size, error) : error;
  }
}

async function noSpace(plan: ImagePlan, size: number, cause: unknown): Promise<RootlessBakeError> {
  const needed = mebibytes((await neededSize(plan.tree, plan, size)) + PARTITION_OFFSET);
  const largest = largestDirectories(plan.tree, 10)
    .map(({ path, bytes }) => `  ${mebibytes(bytes).toString().padStart(6)}M ${path}`)
    .join('\n');
  return new RootlessBakeError(
    'RB_EXT4_NO_SPACE',
    `the root does not fit in an image of ${mebibytes(plan.size)}M: it needs ${needed}M; largest directories:\n${largest}`,
    { hint: `Set bake.size to ${needed}M or more: --set bake.size=${needed}M`, cause },
  );
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / (1 << 20));
}

function countNames(tree: Tree): number {
  let count = 0;
  for (const _ of tree.walk()) count += 1;
  return count;
}
