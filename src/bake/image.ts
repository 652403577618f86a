import { type BlockDevice, format, openWriter } from 'ext2fs-wasm';
import { ImageFile } from '../disk/image-file.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Steps } from '../events.ts';
import { checkFileSystem } from '../ext4/check.ts';
import { writeContents } from '../ext4/contents.ts';
import { fill, type PlacedFile } from '../ext4/fill.ts';
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
import { cloneDirectories } from '../tree/clone.ts';
import { bytesContent } from '../tree/content.ts';
import type { FileEntry } from '../tree/entry.ts';
import { layer } from '../tree/layer.ts';
import type { Tree } from '../tree/tree.ts';
import type { BootTree } from './boot-files.ts';
import type { Bootloader } from './bootloader.ts';
import { largestDirectories } from './directories.ts';
import { ImageDigest } from './image-digest.ts';
import { installBootloader } from './install-bootloader.ts';
import type { BakeTarget } from './options.ts';

/** Where the root file system starts, in bytes. */
const PARTITION_OFFSET = FIRST_SECTOR * SECTOR_SIZE;

/** In bytes: what mke2fs takes with blocks of 4 KiB. */
const SMALLEST_FILE_SYSTEM = 64 << 10;

export interface ImagePlan extends RootFileSystem {
  /** All that the root file system holds but for the boot files; their folder is there. */
  readonly tree: Tree;
  /** Waited for when the tree is on the disk. */
  readonly boot: Promise<BootTree>;
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

/**
 * Writes the whole disk under a temporary name and renames it when it is checked.
 *
 * @throws RB_EXT4_NO_SPACE with the needed size; RB_EXT4_CHECK_FAILED; RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
 */
export async function writeImage(
  plan: ImagePlan,
  target: BakeTarget,
  steps: Steps,
  host: Host,
): Promise<WrittenImage> {
  if (plan.size < PARTITION_OFFSET + SMALLEST_FILE_SYSTEM) throw await noSpace(plan, 0);
  const mbr = singleLinuxPartition({
    diskSize: plan.size,
    diskId: plan.diskId,
    bootCode: plan.bootloader.mbrCode,
  });
  const image = ImageFile.create(target.path, plan.size, target);
  const imageDigest = new ImageDigest(image, host);
  try {
    image.write(encodeMbr(mbr), 0);
    const partition = partitionDevice(image, PARTITION_OFFSET, plan.size - PARTITION_OFFSET);
    const places = await layOut(plan, partition, steps, host);
    await steps.run('contents', () => {
      const pause = breather(host);
      return writeContents(partition, places, (upTo) => {
        imageDigest.advance(PARTITION_OFFSET + upTo);
        return pause();
      });
    });
    await steps.run('check', () => checkFileSystem(partition));
    const sha256 = await steps.run('image digest', () => imageDigest.finish());
    const { digest } = plan;
    if (digest) await steps.run('tree digest', () => digest, String);
    const allocated = image.allocated();
    image.commit();
    return { sha256, allocated };
  } finally {
    await imageDigest.abandon();
    image.discard();
  }
}

/** All metadata, boot sector and boot loader; what is left to write are the contents of the places it gives. */
async function layOut(
  plan: ImagePlan,
  partition: BlockDevice,
  steps: Steps,
  host: Host,
): Promise<Map<FileEntry, PlacedFile>> {
  try {
    await format(partition, formatOptions(plan));
    const writer = await openWriter(partition, { epoch: plan.epoch });
    const onEntry = entryProgress('root file system', plan.tree, host);
    const places = await steps.run('root file system', () => fill(writer, plan.tree, { onEntry }));
    const boot = await steps.run('initrd', () => plan.boot);
    await steps.run('boot files', async () => {
      const added = await fill(writer, boot.tree, { merge: true });
      for (const [entry, place] of added) places.set(entry, place);
      const place = places.get(boot.ldlinuxSys)!;
      const installed = installBootloader(plan.bootloader, place, partition.size, writer);
      boot.ldlinuxSys.content = bytesContent(installed.ldlinuxSys);
      writer.finish();
      partition.write(installed.bootSector, 0);
    });
    return places;
  } catch (error) {
    throw isNoSpace(error) ? await noSpace(plan, partition.size, error) : error;
  }
}

/** Reports how far a fill has come, and lets the event loop run, once in a while. */
function entryProgress(step: string, tree: Tree, host: Host): () => Promise<void> | undefined {
  const total = countNames(tree);
  const pause = breather(host);
  let current = 0;
  return () => {
    current += 1;
    const paused = pause();
    if (paused) host.emit({ type: 'step-progress', step, current, total, unit: 'entries' });
    return paused;
  };
}

async function noSpace(plan: ImagePlan, size: number, cause?: unknown): Promise<RootlessBakeError> {
  const tree = cloneDirectories(plan.tree);
  layer(tree, (await plan.boot).tree);
  const needed = mebibytes((await neededSize(tree, plan, size)) + PARTITION_OFFSET);
  const largest = largestDirectories(tree)
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
