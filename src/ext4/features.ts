/** Which features of ext4 a file system of ours may have. */
// Not from the whole of ext2fs-wasm: recipes are checked far more often than file systems are made.
import { featureNames } from 'ext2fs-wasm/features';

/** Features that mke2fs sets and that files cannot be laid out with, and why, in words for people. */
const UNFILLABLE: ReadonlyMap<string, string> = new Map([
  ['bigalloc', 'blocks are laid out one by one, not in clusters'],
  ['inline_data', 'contents are written to blocks, not into inodes'],
  ['casefold', 'names are compared byte by byte'],
  ['quota', 'nobody counts the use of users and groups'],
]);

/**
 * Features that SYSLINUX 6.04 does not know, and why it cannot do without: it looks at no feature flag but goes
 * ahead and reads (its core/fs/ext2/ext2.c and bmap.c).
 */
const UNBOOTABLE: ReadonlyMap<string, string> = new Map([
  ['meta_bg', 'it looks for all group descriptors behind the first superblock'],
  ['inline_data', 'it takes the bytes in an inode for the numbers of blocks'],
  ['encrypt', 'it has no keys'],
  ['casefold', 'it compares names byte by byte'],
]);

/** Every feature that a file system of ours may have, in no special order. */
export const FEATURES: readonly string[] = featureNames.filter((name) => !UNFILLABLE.has(name));

/** Why a feature that mke2fs knows cannot be had, or undefined. */
export function whyUnfillable(feature: string): string | undefined {
  return UNFILLABLE.get(feature);
}

/** Why SYSLINUX cannot boot from a file system that has the feature; undefined when it can. */
export function whyUnbootable(feature: string): string | undefined {
  return UNBOOTABLE.get(feature);
}
