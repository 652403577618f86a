import { mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge } from './oracle.ts';

/** fdisk's first sector, in bytes. */
const PARTITION_OFFSET = 2048 * 512;

/** How often a mount is tried, and the milliseconds between. */
const TRIES = 200;
const PAUSE = 100;

/**
 * Mounts an image through a loop device. Who takes a free loop device may find that another process has just
 * taken it, or that the kernel is still clearing it: such a mount is tried again.
 */
function mountLoop(
  image: string,
  folder: string,
  options: readonly string[] = [],
  type: string = 'auto',
): void {
  for (let left = TRIES; ; left -= 1) {
    try {
      judge('mount', ['-t', type, '-o', ['loop', ...options].join(','), image, folder]);
      return;
    } catch (error) {
      if (left === 1 || !/busy|loop device/.test(String(error))) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE);
    }
  }
}

/** Mounts an image in a folder of its own for as long as `use` takes. */
export function whileMounted<T>(image: string, options: readonly string[], use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-mount-'));
  mountLoop(image, folder, options);
  try {
    checkMounted(image, folder);
    return use(folder);
  } finally {
    judge('umount', [folder]);
    rmdirSync(folder);
  }
}

/**
 * Mounts a file system of an image, by default that of its first partition, read only, through the kernel's
 * ext4, for as long as `look` takes.
 *
 * @param offset of the file system, in bytes
 */
export async function withMounted<T>(
  image: string,
  look: (folder: string) => Promise<T> | T,
  offset: number = PARTITION_OFFSET,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-mount-'));
  mountLoop(image, folder, ['ro', 'noload', `offset=${offset}`], 'ext4');
  try {
    checkMounted(image, folder, 'ext4');
    return await look(folder);
  } finally {
    judge('umount', [folder]);
    rmdirSync(folder);
  }
}

function checkMounted(image: string, folder: string, type = ''): void {
  if (readFileSync('/proc/self/mounts', 'utf8').includes(` ${folder} ${type}`)) return;
  throw new Error(`the kernel has not mounted ${image}`);
}
