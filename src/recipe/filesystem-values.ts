/** The small values of `bake.filesystem` and `bake.headroom`, as {@link ./values.ts} has them of the rest. */
import { RootlessBakeError } from '../errors.ts';
import { FEATURES, whyUnbootable, whyUnfillable } from '../ext4/features.ts';
import type { Headroom } from '../ext4/space.ts';
import { didYouMean } from '../suggest.ts';
import { invalid } from './invalid.ts';
import { parseSize } from './size.ts';

const MEBIBYTE = 2 ** 20;

/** A size, or a percentage of what is used. */
export function headroom(value: string | number): Headroom {
  const percent = /^(\d+(?:\.\d+)?)%$/.exec(String(value).trim())?.[1];
  return percent === undefined ? parseSize(value) : `${Number(percent)}%`;
}

export function blockSize(value: string | number): 1024 | 2048 | 4096 {
  const bytes = parseSize(value);
  if (bytes === 1024 || bytes === 2048 || bytes === 4096) return bytes;
  throw invalid(`${JSON.stringify(value)} is not a size of blocks`, 'write 1024, 2048 or 4096');
}

export function inodeSize(value: string | number): 128 | 256 {
  const bytes = parseSize(value);
  if (bytes === 128 || bytes === 256) return bytes;
  throw invalid(
    `${JSON.stringify(value)} is not a size of inodes`,
    'write 256, or 128 for inodes whose times end in 2038',
  );
}

/** Bytes; mke2fs takes whole MiB. What is too small depends on the blocks, see {@link checkJournal}. */
export function journal(value: string | number): number {
  const bytes = parseSize(value);
  if (bytes > 0 && bytes % MEBIBYTE === 0) return bytes;
  throw invalid(
    `${JSON.stringify(value)} is not a size of journals`,
    'write whole MiB such as 16M, or false for none',
  );
}

export function inodes(value: string | number): number {
  const count = Number(value);
  if (Number.isInteger(count) && count >= 16 && count < 2 ** 32) return count;
  throw invalid(`${JSON.stringify(value)} is not a number of inodes`, 'write a whole number of at least 16');
}

export function bytesPerInode(value: string | number): number {
  const bytes = parseSize(value);
  if (bytes >= 1024 && bytes <= 64 * MEBIBYTE) return bytes;
  throw invalid(
    `${JSON.stringify(value)} is not a ratio of inodes`,
    'write 1024 to 64M bytes for each inode',
  );
}

/** Percent, with or without the sign. */
export function reserved(value: string | number): number {
  const percent = /^\d+(\.\d+)?%?$/.test(String(value)) ? Number.parseFloat(String(value)) : Number.NaN;
  if (percent <= 50) return percent;
  throw invalid(`${JSON.stringify(value)} is not a reserve`, 'write a percentage from 0 to 50, such as 1');
}

/** The name of a feature, with `^` in front to take it away. */
export function feature(value: string): string {
  const name = value.replace(/^\^/, '');
  if (FEATURES.includes(name)) return value;
  const why = whyUnfillable(name);
  if (why !== undefined) {
    if (value !== name) return value;
    throw invalid(`file systems with ${name} cannot be filled: ${why}`, `leave ${name} out`);
  }
  throw invalid(
    `${JSON.stringify(value)} is not a feature of ext2, ext3 or ext4`,
    didYouMean(name, FEATURES) ?? `known features: ${FEATURES.join(', ')}`,
  );
}

/**
 * Refuses a feature that the boot loader cannot read.
 *
 * @throws RB_BOOTLOADER_FEATURE
 */
export function checkBootable(name: string): void {
  const why = whyUnbootable(name);
  if (why === undefined) return;
  throw new RootlessBakeError(
    'RB_BOOTLOADER_FEATURE',
    `SYSLINUX cannot boot from a file system with ${name}: ${why}`,
    { hint: `leave ${name} out` },
  );
}

/**
 * Refuses a journal of less than the 1,024 blocks that mke2fs wants.
 *
 * @param bytes of the journal
 * @param blockLength in bytes
 */
export function checkJournal(bytes: number, blockLength: number): void {
  const least = 1024 * blockLength;
  if (bytes >= least && bytes <= 10_000 * least) return;
  throw invalid(
    `a journal of ${bytes / MEBIBYTE}M has not 1,024 to 10,240,000 blocks of ${blockLength} bytes`,
    `write ${least / MEBIBYTE}M or more, or smaller blocks`,
  );
}
