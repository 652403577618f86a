import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from './oracle.ts';

/** fdisk's first sector, in bytes. */
const PARTITION_OFFSET = 2048 * 512;

/**
 * Mounts the first partition of an image read only, through the kernel, for as long as `look` takes.
 *
 * @param offset of the file system, in bytes
 */
export async function withMounted<T>(
  image: string,
  look: (folder: string) => Promise<T> | T,
  offset: number = PARTITION_OFFSET,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-mount-'));
  judge('mount', ['-o', `ro,noload,loop,offset=${offset}`, image, folder]);
  try {
    if (!readFileSync('/proc/self/mounts', 'utf8').includes(` ${folder} ext4 `)) {
      throw new Error(`the kernel has not mounted ${image}`);
    }
    return await look(folder);
  } finally {
    judge('umount', [folder]);
    rmdirSync(folder);
  }
}
