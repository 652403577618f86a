import { Ext2fsError } from 'ext2fs-wasm';
import { RootlessBakeError } from '../errors.ts';
import { type DirectorySize, largestDirectories } from '../tree/directory-sizes.ts';
import type { Tree } from '../tree/tree.ts';
import type { FileSystem } from './format-options.ts';

/** What e2fsprogs calls a file system that has run out of blocks or inodes. */
const NO_SPACE_CODES = new Set(['ENOSPC', 'EXT2_ET_BLOCK_ALLOC_FAIL', 'EXT2_ET_INODE_ALLOC_FAIL']);

/** mke2fs tells only in words that a device is too small for its own structures, inodes or journal. */
const TOO_SMALL = /not enough space|too big for|no free space|could not allocate (?:block|inode)/i;

/** True when a larger device would have done. */
export function isNoSpace(error: unknown): boolean {
  if (!(error instanceof Ext2fsError)) return false;
  return NO_SPACE_CODES.has(error.code) || (error.code === 'MKE2FS_FAILED' && TOO_SMALL.test(error.message));
}

/**
 * The error for trees that do not fit.
 *
 * @param size of the image, in bytes
 * @param needed the size that does
 */
export function noSpace(
  trees: readonly Tree[],
  size: number,
  needed: number,
  cause?: unknown,
): RootlessBakeError {
  const enough = exactSize(needed);
  return new RootlessBakeError(
    'RB_EXT4_NO_SPACE',
    `the root does not fit in an image of ${exactSize(size)}: it needs ${enough}` +
      table(
        'largest directories',
        largestDirectories(trees, 'bytes'),
        ({ bytes }) => `${(bytes / 2 ** 20).toFixed(1)}M`,
      ),
    {
      hint: `make it ${enough} or more: --size ${enough}; or let the size be found: --size auto`,
      key: '.size',
      cause,
    },
  );
}

/**
 * The error for a file system whose number of inodes was chosen, and is too small.
 *
 * @param needed inodes, with the headroom's
 */
export function tooFewInodes(
  trees: readonly Tree[],
  fileSystem: FileSystem,
  needed: number,
): RootlessBakeError {
  return new RootlessBakeError(
    'RB_EXT4_NO_SPACE',
    `the root does not fit in ${fileSystem.inodes} inodes: it needs ${needed}` +
      table('directories with most entries', largestDirectories(trees, 'entries'), ({ entries }) =>
        String(entries),
      ),
    {
      hint: 'choose more inodes, or leave filesystem.inodes out: there are then as many as are needed',
      key: '.filesystem.inodes',
    },
  );
}

/** The rest of a message: nothing where there is nothing to list. */
function table(
  title: string,
  directories: readonly DirectorySize[],
  measure: (directory: DirectorySize) => string,
): string {
  if (directories.length === 0) return '';
  const rows = directories.map((directory) => `\n  ${measure(directory).padStart(8)} ${directory.path}`);
  return `; ${title}:${rows.join('')}`;
}

/** A size as options take it, without loss: `71M`, `73128K`. */
export function exactSize(bytes: number): string {
  if (bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20}M`;
  return bytes % 2 ** 10 === 0 ? `${bytes / 2 ** 10}K` : String(bytes);
}
