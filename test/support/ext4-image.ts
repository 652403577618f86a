import type { FormatOptions } from 'ext2fs-wasm';
import { ImageFile } from '../../src/disk/image-file.ts';
import { Steps } from '../../src/events.ts';
import { populate } from '../../src/ext4/populate.ts';
import { dataRanges } from '../../src/tree/content.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { testHost } from './host.ts';

/** Seconds since 1970: the time of everything that a tree does not say. */
export const EPOCH = 1_700_000_000;
export const UUID = '99999999-9999-9999-9999-999999999999';

/** What a test chooses of a file system. */
export type FileSystemChoice = Omit<FormatOptions, 'uuid' | 'epoch' | 'blockSize' | 'inodes'> & {
  readonly blockSize: 1024 | 2048 | 4096;
};

/** Makes an image of one file system that holds the tree, as `rootless-bake mkfs` does, but for the check. */
export async function writeImage(path: string, tree: Tree, choice: FileSystemChoice): Promise<void> {
  const { host } = testHost();
  const { size, inodes } = roomFor(tree, choice.blockSize);
  const image = ImageFile.create(path, size, {});
  try {
    const format = { ...choice, inodes, uuid: UUID, epoch: EPOCH };
    const steps = new Steps(host);
    await populate({ image, offset: 0, size }, { format, tree, check: false }, steps, host);
    await image.commit();
  } finally {
    image.discard();
  }
}

/** More than enough: bytes and inodes. */
function roomFor(tree: Tree, blockSize: number): { size: number; inodes: number } {
  let [entries, bytes] = [0, 0];
  for (const { entry } of tree.walk()) {
    entries += 1;
    bytes += 2 * blockSize + (entry.xattrs.size > 0 ? blockSize : 0);
    if (entry.type !== 'file') continue;
    for (const { length } of dataRanges(entry.content)) bytes += length * 1.1 + 4 * blockSize;
  }
  const inodes = entries + 100;
  const mebibytes = Math.ceil((bytes * 1.1 + inodes * 256) / (1 << 20)) + 24;
  return { size: mebibytes * 2 ** 20, inodes };
}
