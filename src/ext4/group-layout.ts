import type { BlockDevice } from 'ext2fs-wasm';

/**
 * `superblock`: superblocks, group descriptors and room for more of these, backups included; `bitmaps`; `inodes`:
 * inode tables; `journal`; `used`: what else is not free, such as files and directories.
 */
export type BlockUse = 'superblock' | 'bitmaps' | 'inodes' | 'journal' | 'used' | 'free';

/** A run of blocks of one use, in blocks. */
export interface Claim {
  readonly use: BlockUse;
  readonly start: number;
  readonly count: number;
}

/** What a group's descriptor says (struct ext4_group_desc in Documentation/filesystems/ext4). */
interface Group {
  /** Number of its first block. */
  readonly blockBitmap: number;
  /** Its bitmap was never written: nothing is used but metadata. */
  readonly isUninitialized: boolean;
}

/** Where a file system has its metadata, in blocks. */
export interface GroupLayout {
  /** Bytes. */
  readonly blockSize: number;
  readonly blocks: number;
  /** The first block of the first group: 1 with blocks of 1 KiB. */
  readonly firstBlock: number;
  readonly blocksPerGroup: number;
  /** Blocks that one bit of a bitmap stands for: more than one with bigalloc. */
  readonly clusterBlocks: number;
  /** 0 without a journal of its own. */
  readonly journalInode: number;
  readonly groups: readonly Group[];
  readonly claims: readonly Claim[];
}

/** Feature bits and flags (ext2_fs.h). */
const HAS_JOURNAL = 0x0004;
const SPARSE_SUPER2 = 0x0200;
const META_BG = 0x0010;
const IS_64BIT = 0x0080;
const SPARSE_SUPER = 0x0001;
const GROUP_CHECKSUMS = 0x0010 | 0x0400;
const BIGALLOC = 0x0200;
const BLOCK_UNINIT = 0x0002;

/**
 * Reads superblock and group descriptors of a file system that is known to have them whole. Nothing is allowed to
 * point out of the file system: what does claims nothing.
 */
export function groupLayout(device: BlockDevice): GroupLayout {
  const superblock = read(device, 1024, 1024);
  const u16 = (at: number): number => superblock.getUint16(at, true);
  const u32 = (at: number): number => superblock.getUint32(at, true);
  const [compatible, incompatible, readOnly] = [u32(0x5c), u32(0x60), u32(0x64)] as const;
  const is64Bit = (incompatible & IS_64BIT) !== 0;
  const blockSize = 1024 << u32(0x18);
  const blocks = u32(0x04) + (is64Bit ? u32(0x150) * 2 ** 32 : 0);
  const [firstBlock, blocksPerGroup, inodesPerGroup] = [u32(0x14), u32(0x20), u32(0x28)] as const;
  const inodeSize = u32(0x4c) === 0 ? 128 : u16(0x58);
  const descriptorSize = is64Bit ? Math.max(u16(0xfe), 64) : 32;
  const count = Math.ceil((blocks - firstBlock) / blocksPerGroup);
  const perBlock = Math.floor(blockSize / descriptorSize);
  const tableBlocks = Math.ceil((inodesPerGroup * inodeSize) / blockSize);
  const descriptorBlocks = Math.ceil(count / perBlock);
  const firstMeta = incompatible & META_BG ? Math.min(u32(0x104), descriptorBlocks) : descriptorBlocks;
  const reserved = incompatible & META_BG ? 0 : u16(0xce);
  const firstOf = (group: number): number => firstBlock + group * blocksPerGroup;
  /** With blocks of 1 KiB the first one is for boot code, also where bigalloc counts it to the first group. */
  const superblockOf = (group: number): number =>
    group === 0 ? Math.floor(1024 / blockSize) : firstOf(group);
  const hasBackup = (group: number): boolean => {
    if (group === 0) return true;
    if (compatible & SPARSE_SUPER2) return group === u32(0x24c) || group === u32(0x250);
    return !(readOnly & SPARSE_SUPER) || group === 1 || [3, 5, 7].some((base) => isPower(group, base));
  };

  const claims: Claim[] = [];
  const claim = (use: Claim['use'], start: number, length: number): void => {
    if (length > 0 && start + length <= blocks) claims.push({ use, start, count: length });
  };
  const groups: Group[] = [];
  for (let index = 0; index < count; index += 1) {
    const first = firstOf(index);
    const backup = hasBackup(index);
    if (backup) claim('superblock', superblockOf(index), Math.min(1 + firstMeta + reserved, blocks - first));
    const [block, within] = [Math.floor(index / perBlock), index % perBlock] as const;
    const meta = block >= firstMeta;
    const inMeta = meta && (within === 0 || within === 1 || within === perBlock - 1);
    if (inMeta) claim('superblock', superblockOf(index) + (backup ? 1 : 0), 1);
    const metaGroup = block * perBlock;
    const place = meta
      ? superblockOf(metaGroup) + (hasBackup(metaGroup) ? 1 : 0)
      : superblockOf(0) + 1 + block;
    const descriptor = read(device, place * blockSize + within * descriptorSize, descriptorSize);
    const pointer = (at: number): number =>
      descriptor.getUint32(at, true) + (is64Bit ? descriptor.getUint32(at + 0x20, true) * 2 ** 32 : 0);
    const [blockBitmap, inodeBitmap, inodeTable] = [pointer(0), pointer(4), pointer(8)] as const;
    claim('bitmaps', blockBitmap, 1);
    claim('bitmaps', inodeBitmap, 1);
    claim('inodes', inodeTable, tableBlocks);
    const flags = readOnly & GROUP_CHECKSUMS ? descriptor.getUint16(0x12, true) : 0;
    groups.push({ blockBitmap, isUninitialized: (flags & BLOCK_UNINIT) !== 0 });
  }
  return {
    blockSize,
    blocks,
    firstBlock,
    blocksPerGroup,
    clusterBlocks: readOnly & BIGALLOC ? 2 ** (u32(0x1c) - u32(0x18)) : 1,
    journalInode: compatible & HAS_JOURNAL ? u32(0xe0) : 0,
    groups,
    claims,
  };
}

/** Zeros where the device ends before. */
function read(device: BlockDevice, offset: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  const there = Math.min(length, device.size - offset);
  if (there > 0) device.read(bytes.subarray(0, there), offset);
  return new DataView(bytes.buffer);
}

function isPower(value: number, base: number): boolean {
  let power = base;
  while (power < value) power *= base;
  return power === value;
}
