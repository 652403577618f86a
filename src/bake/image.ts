import type { Writer } from 'ext2fs-wasm';
import { ImageFile } from '../disk/image-file.ts';
import { writtenRanges } from '../disk/written-map.ts';
import type { Steps } from '../events.ts';
import type { ContentsWriter } from '../ext4/contents/contents-writer.ts';
import { fill } from '../ext4/fill.ts';
import { type FileSystem, formatOptions } from '../ext4/format-options.ts';
import { populate } from '../ext4/populate.ts';
import {
  encodeMbr,
  FIRST_SECTOR,
  SECTOR_SIZE,
  singleLinuxPartition,
} from '../formats/mbr-partition/index.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { bytesContent, type DataRange } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import type { BootTree } from './boot-files.ts';
import type { Bootloader } from './bootloader.ts';
import { ImageDigest } from './image-digest.ts';
import { installBootloader } from './install-bootloader.ts';
import type { BakeTarget } from './options.ts';

/** Where the root file system starts, in bytes. */
export const PARTITION_OFFSET: number = FIRST_SECTOR * SECTOR_SIZE;

export interface ImagePlan {
  readonly fileSystem: FileSystem;
  /** All that the root file system holds but for the boot files; their folder is there. */
  readonly tree: Tree;
  /** Waited for when the tree is on the disk. */
  readonly boot: Promise<BootTree>;
  readonly bootloader: Bootloader;
  readonly diskId: number;
  /** Of the whole disk, in bytes. */
  readonly size: number;
  /** Default true: e2fsck looks through the file system. */
  readonly check?: boolean | undefined;
  /** Of the tree as it was cooked: an image of a tree with the wrong digest gets no name. */
  readonly digest: Promise<string> | undefined;
}

export interface WrittenImage {
  /** Bytes that take up space on the host's disk. */
  readonly allocated: number;
  /** Of the whole image, in hex. */
  readonly sha256: string;
  /** Where something was written; the rest is holes. */
  readonly data: readonly DataRange[];
}

/**
 * Writes the whole disk under a temporary name and renames it when it is checked.
 *
 * @throws Ext2fsError when there is no space, see `isNoSpace`; RB_EXT4_CHECK_FAILED; RB_OUTPUT_EXISTS,
 *   RB_OUTPUT_UNWRITABLE
 */
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
  const imageDigest = new ImageDigest(image, host);
  try {
    image.write(encodeMbr(mbr), 0);
    const partition = { image, offset: PARTITION_OFFSET, size: plan.size - PARTITION_OFFSET };
    const onWritten = (upTo: number): void => imageDigest.advance(PARTITION_OFFSET + upTo);
    const extend = (writer: Writer, contents: Pick<ContentsWriter, 'add'>): Promise<Uint8Array> =>
      addBootFiles(plan, partition.size, writer, contents, steps);
    const { tree, check } = plan;
    const format = formatOptions(plan.fileSystem);
    await populate(partition, { format, tree, check, onWritten, extend }, steps, host);
    const sha256 = await steps.run(
      'image digest',
      () => imageDigest.finish(),
      () => ({ amount: { count: plan.size, unit: 'bytes' } }),
    );
    const { digest } = plan;
    await digest;
    const allocated = image.allocated();
    const data = writtenRanges(image.written, image.size);
    throwIfAborted(host.signal);
    await image.commit();
    return { sha256, allocated, data };
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
