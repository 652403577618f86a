import type { Writer } from 'ext2fs-wasm';
import { ImageFile } from '../disk/image-file.ts';
import { RootlessBakeError } from '../errors.ts';
import type { Steps } from '../events.ts';
import type { ContentsWriter } from '../ext4/contents/contents-writer.ts';
import { fill } from '../ext4/fill.ts';
import { formatOptions, type RootFileSystem } from '../ext4/format-options.ts';
import { isNoSpace } from '../ext4/no-space.ts';
import { populate } from '../ext4/populate.ts';
import { neededSize } from '../ext4/space.ts';
import {
  encodeMbr,
  FIRST_SECTOR,
  SECTOR_SIZE,
  singleLinuxPartition,
} from '../formats/mbr-partition/index.ts';
import type { Host } from '../host.ts';
import { cloneDirectories } from '../tree/clone.ts';
import { bytesContent } from '../tree/content.ts';
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
  /** Default true: e2fsck looks through the file system. */
  readonly check?: boolean;
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
    const partition = { image, offset: PARTITION_OFFSET, size: plan.size - PARTITION_OFFSET };
    const onWritten = (upTo: number): void => imageDigest.advance(PARTITION_OFFSET + upTo);
    try {
      const fileSystem = { format: formatOptions(plan), tree: plan.tree, check: plan.check, onWritten };
      const extend = (writer: Writer, contents: Pick<ContentsWriter, 'add'>): Promise<Uint8Array> =>
        addBootFiles(plan, partition.size, writer, contents, steps);
      await populate(partition, { ...fileSystem, extend }, steps, host);
    } catch (error) {
      throw isNoSpace(error) ? await noSpace(plan, partition.size, error) : error;
    }
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

/** Kernel, initrd and boot loader on top of the root; gives the partition's boot sector. */
async function addBootFiles(
  plan: ImagePlan,
  partitionSize: number,
  writer: Writer,
  contents: Pick<ContentsWriter, 'add'>,
  steps: Steps,
): Promise<Uint8Array> {
  const boot = await steps.run('initrd', () => plan.boot);
  return await steps.run('boot files', async () => {
    const places = await fill(writer, boot.tree, { merge: true });
    const place = places.get(boot.ldlinuxSys)!;
    const installed = installBootloader(plan.bootloader, place, partitionSize, writer);
    boot.ldlinuxSys.content = bytesContent(installed.ldlinuxSys);
    for (const [{ content }, { extents }] of places) contents.add(content, extents);
    return installed.bootSector;
  });
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
