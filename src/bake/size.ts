import type { RootlessBakeError } from '../errors.ts';
import type { FileSystem } from '../ext4/format-options.ts';
import { countInodes, withInodesFor } from '../ext4/inodes.ts';
import { isNoSpace, noSpace } from '../ext4/no-space.ts';
import { type Headroom, type SizedFileSystem, smallestFileSystem } from '../ext4/space.ts';
import type { Pause } from '../host.ts';
import type { Tree } from '../tree/tree.ts';

/** In bytes: no file system is smaller. */
const SMALLEST_FILE_SYSTEM = 16 << 10;

/** At least what a bake adds to a root. */
const BOOT_INODES = 8;

/** An image whose size is asked for, or to be found. */
export interface SizeRequest {
  /** Of the whole image, in bytes. */
  readonly size: number | 'auto';
  /** What stays free, for `auto`. */
  readonly headroom: Headroom;
  /** Where in the image the file system starts, in bytes. */
  readonly offset: number;
  readonly tree: Tree;
  /** Laid over the tree; waited for only when the size depends on it. */
  readonly boot?: Promise<{ readonly tree: Tree }>;
  readonly fileSystem: FileSystem;
  /** Called often while a size is looked for. */
  readonly pause?: Pause;
}

/**
 * The size of the image, and the file system with as many inodes as it needs.
 *
 * @throws RB_EXT4_NO_SPACE for a size that holds no file system at all, and for a chosen number of inodes that
 *   is too small
 */
export async function resolveSize(request: SizeRequest): Promise<SizedFileSystem> {
  const { size, offset, headroom, fileSystem } = request;
  if (size === 'auto') {
    const trees = await allTrees(request);
    const smallest = await smallestFileSystem(
      trees,
      fileSystem,
      headroom,
      countEntries(request),
      request.pause,
    );
    return { ...smallest, size: smallest.size + offset };
  }
  if (size < offset + SMALLEST_FILE_SYSTEM) throw await explain(request, size);
  return { size, fileSystem: withInodesFor(fileSystem, size - offset, countEntries(request)) };
}

/**
 * Does the work, and says of a file system that was too small what would have done.
 *
 * @param size of the image, in bytes
 * @throws RB_EXT4_NO_SPACE with the needed size and the largest directories; what else the work throws
 */
export async function explainNoSpace<T>(
  request: SizeRequest,
  size: number,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isNoSpace(error) ? await explain(request, size, error) : error;
  }
}

async function explain(request: SizeRequest, size: number, cause?: unknown): Promise<RootlessBakeError> {
  const trees = await allTrees(request);
  const needed = await smallestFileSystem(trees, request.fileSystem, 0, countEntries(request), request.pause);
  return noSpace(trees, size, needed.size + request.offset, cause);
}

/** The same number whether the boot files are there yet or not. */
function countEntries({ tree, boot, fileSystem }: SizeRequest): number {
  return countInodes([tree], fileSystem) + (boot ? BOOT_INODES : 0);
}

async function allTrees({ tree, boot }: SizeRequest): Promise<Tree[]> {
  return boot ? [tree, (await boot).tree] : [tree];
}
