import { openWriter } from 'ext2fs-wasm';
import type { Pause } from '../host.ts';
import { treeTotals } from '../tree/totals.ts';
import type { Tree } from '../tree/tree.ts';
import { fill } from './fill.ts';
import { blockSizeOf, type FileSystem, formatOptions } from './format-options.ts';
import { bytesPerInode, countInodes, PROFILE_SIZES, withInodesFor } from './inodes.ts';
import { makeFileSystem } from './make.ts';
import { MetadataDevice } from './metadata-device.ts';
import { isNoSpace, tooFewInodes } from './no-space.ts';

const MEBIBYTE = 2 ** 20;

/** In bytes: where the search begins for an empty tree. */
const LEAST = 16 << 10;

/** What must stay free: bytes, or a percentage of what the trees take; of blocks and of inodes alike. */
export type Headroom = number | `${number}%`;

/** A size, and the file system with the number of inodes that is needed there. */
export interface SizedFileSystem {
  /** In bytes. */
  readonly size: number;
  readonly fileSystem: FileSystem;
}

/** Blocks and inodes: free ones, used ones or missing ones. */
interface Space {
  readonly blocks: number;
  readonly inodes: number;
}

/**
 * The smallest file system that the trees fit in, laid over each other in their order, with the headroom left
 * free. It is found by making file systems on devices that keep metadata only, and proved by laying the trees
 * out: no content is read. Sizes are rounded up by less than 1/256, to whole MiB from 256 MiB on.
 *
 * Where neither a number nor a ratio of inodes was chosen, the file system gets mke2fs's number for its size,
 * or what the trees and the headroom need when that is more: the size then depends on blocks alone.
 *
 * @param entries as many inodes at least, where the build will count them so
 * @param pause called after each entry that is laid out
 * @throws RB_EXT4_NO_SPACE when the number of inodes was chosen, and is too small
 * @throws RB_EXT4_REFUSED when an entry fits in no file system of this kind
 */
export async function smallestFileSystem(
  trees: readonly Tree[],
  fileSystem: FileSystem,
  headroom: Headroom,
  entries: number = countInodes(trees, fileSystem),
  pause: Pause = () => undefined,
): Promise<SizedFileSystem> {
  const used = await measure(trees, fileSystem, pause);
  const spare = spareSpace(headroom, used, fileSystem);
  const wanted = { blocks: used.blocks + spare.blocks, inodes: used.inodes + spare.inodes };
  let size = lowerBound(wanted, fileSystem);
  for (;;) {
    const candidate = withInodesFor(fileSystem, size, Math.max(wanted.inodes, entries));
    const missing = shortage(wanted, await freeSpace(size, candidate));
    if (missing.blocks <= 0 && missing.inodes > 0 && fileSystem.inodes !== undefined)
      throw tooFewInodes(trees, fileSystem, wanted.inodes);
    if (missing.blocks <= 0 && missing.inodes <= 0 && (await holds(trees, size, candidate, spare, pause)))
      return { size, fileSystem: candidate };
    size = nextSize(size, missing, fileSystem);
  }
}

/** What the trees take, as a device that is surely large enough shows. */
async function measure(trees: readonly Tree[], fileSystem: FileSystem, pause: Pause): Promise<Space> {
  let contents = 0;
  for (const tree of trees) contents += (await treeTotals(tree, pause)).bytes;
  const inodes = 2 * countInodes(trees, fileSystem) + 1024;
  // Twice the contents, and for each inode a block, one for its xattrs, one for its name and the inode itself.
  const size = 2 * contents + 4 * 4096 * inodes + 256 * MEBIBYTE;
  const { bytesPerInode: _ratio, ...others } = fileSystem;
  const roomy = { ...others, inodes, journal: false as const };
  const device = new MetadataDevice(size);
  const empty = await makeEmpty(device, roomy);
  const left = await layOut(trees, device, roomy, pause);
  return { blocks: empty.blocks - left.blocks, inodes: empty.inodes - left.inodes };
}

function spareSpace(headroom: Headroom, used: Space, fileSystem: FileSystem): Space {
  if (typeof headroom === 'string') {
    const share = Number.parseFloat(headroom) / 100;
    return { blocks: Math.ceil(used.blocks * share), inodes: Math.ceil(used.inodes * share) };
  }
  const usual = bytesPerInode(fileSystem, Math.max(headroom, 512 * MEBIBYTE));
  return { blocks: Math.ceil(headroom / blockSizeOf(fileSystem)), inodes: Math.ceil(headroom / usual) };
}

/** No smaller file system can do: mke2fs gives a journal at most half of what is free. */
function lowerBound(wanted: Space, fileSystem: FileSystem): number {
  const { journal, inodes = 0, inodeSize = 256 } = fileSystem;
  const blocks = wanted.blocks * blockSizeOf(fileSystem);
  const tables = Math.max(wanted.inodes, inodes) * inodeSize;
  return alignDown(Math.max(blocks + tables, 2 * (journal || 0), LEAST), blockSizeOf(fileSystem));
}

function shortage(wanted: Space, free: Space | undefined): Space {
  return free
    ? { blocks: wanted.blocks - free.blocks, inodes: wanted.inodes - free.inodes }
    : { blocks: 1, inodes: 0 };
}

/**
 * The next size worth trying: what a file system gains in free blocks is at most what it grows by. Exceptions
 * are the steps of mke2fs's profiles, which no jump passes over, and the `slack`: mke2fs adds a last group only
 * when 50 blocks of it remain, and rounds the inodes of each group.
 */
function nextSize(size: number, missing: Space, fileSystem: FileSystem): number {
  const blockSize = blockSizeOf(fileSystem);
  const groups = Math.ceil(size / (8 * blockSize * blockSize));
  const slack = 64 + 2 * groups;
  const forBlocks = (missing.blocks - slack) * blockSize;
  const forInodes = (missing.inodes - 32 * groups) * (fileSystem.bytesPerInode ?? 0);
  const next = Math.max(
    size + granule(size, blockSize),
    alignDown(size + Math.max(forBlocks, forInodes), blockSize),
  );
  return PROFILE_SIZES.find((step) => size < step && step < next) ?? next;
}

/** What is free in an empty file system of this size; undefined when mke2fs finds it too small. */
async function freeSpace(size: number, fileSystem: FileSystem): Promise<Space | undefined> {
  try {
    return await makeEmpty(new MetadataDevice(size), fileSystem);
  } catch (error) {
    if (isNoSpace(error)) return undefined;
    throw error;
  }
}

/** Whether the trees fit for real, block maps of scattered files included, and leave the spare space. */
async function holds(
  trees: readonly Tree[],
  size: number,
  fileSystem: FileSystem,
  spare: Space,
  pause: Pause,
): Promise<boolean> {
  const device = new MetadataDevice(size);
  try {
    await makeEmpty(device, fileSystem);
    const left = await layOut(trees, device, fileSystem, pause);
    return left.blocks >= spare.blocks && left.inodes >= spare.inodes;
  } catch (error) {
    if (isNoSpace(error)) return false;
    throw error;
  }
}

async function makeEmpty(device: MetadataDevice, fileSystem: FileSystem): Promise<Space> {
  await makeFileSystem(device, formatOptions(fileSystem));
  return freeIn(device);
}

/** Lays the trees out as a build does, and gives what is free then. */
async function layOut(
  trees: readonly Tree[],
  device: MetadataDevice,
  { epoch }: FileSystem,
  pause: Pause,
): Promise<Space> {
  const writer = await openWriter(device, { epoch });
  for (const [index, tree] of trees.entries()) {
    await fill(writer, tree, { merge: index > 0, onEntry: pause });
  }
  writer.finish();
  return freeIn(device);
}

/** The counts in the superblock (ext2_fs.h: struct ext2_super_block, with the feature 64bit in two halves). */
function freeIn(device: MetadataDevice): Space {
  const superblock = new Uint8Array(1024);
  device.read(superblock, 1024);
  const view = new DataView(superblock.buffer);
  const has64Bit = (view.getUint32(0x60, true) & 0x80) !== 0;
  const high = has64Bit ? view.getUint32(0x158, true) : 0;
  return { blocks: high * 2 ** 32 + view.getUint32(0x0c, true), inodes: view.getUint32(0x10, true) };
}

/** The step of sizes at a size, in bytes: a power of two, at most 1/256 of it and at least a block. */
function granule(size: number, blockSize: number): number {
  const fine = Math.min(Math.max(size / 256, blockSize), MEBIBYTE);
  return 2 ** Math.floor(Math.log2(Math.max(fine, size / 2 ** 18)));
}

function alignDown(size: number, blockSize: number): number {
  const unit = granule(size, blockSize);
  return Math.floor(size / unit) * unit;
}
