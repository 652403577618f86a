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

/** What of the superblock tells where metadata lies (struct ext4_super_block), in blocks unless told. */
interface Geometry extends Omit<GroupLayout, 'groups' | 'claims'> {
  readonly is64Bit: boolean;
  readonly hasGroupChecksums: boolean;
  readonly groupCount: number;
  /** Bytes. */
  readonly descriptorSize: number;
  readonly descriptorsPerBlock: number;
  /** Of a group's inode table. */
  readonly tableBlocks: number;
  /** Number of the first block of descriptors that is kept in its own meta block group. */
  readonly firstMeta: number;
  /** Behind the descriptors, for more of them. */
  readonly reserved: number;
  readonly hasBackup: (group: number) => boolean;
}

/**
 * Reads superblock and group descriptors of a file system that is known to have them whole. Nothing is allowed to
 * point out of the file system: what does claims nothing.
 */
export function groupLayout(device: BlockDevice): GroupLayout {
  const geometry = readGeometry(device);
  const { blockSize, blocks, firstBlock, blocksPerGroup, clusterBlocks, journalInode } = geometry;
  const groups: Group[] = [];
  const claims: Claim[] = [];
  for (let index = 0; index < geometry.groupCount; index += 1) {
    const { claims: own, ...group } = readGroup(device, geometry, index);
    groups.push(group);
    claims.push(
      ...[...superblockClaims(geometry, index), ...own].filter(
        ({ start, count }) => count > 0 && start + count <= blocks,
      ),
    );
  }
  return { blockSize, blocks, firstBlock, blocksPerGroup, clusterBlocks, journalInode, groups, claims };
}

function readGeometry(device: BlockDevice): Geometry {
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
  const descriptorsPerBlock = Math.floor(blockSize / descriptorSize);
  const groupCount = Math.ceil((blocks - firstBlock) / blocksPerGroup);
  const descriptorBlocks = Math.ceil(groupCount / descriptorsPerBlock);
  const hasMeta = (incompatible & META_BG) !== 0;
  return {
    blockSize,
    blocks,
    firstBlock,
    blocksPerGroup,
    clusterBlocks: readOnly & BIGALLOC ? 2 ** (u32(0x1c) - u32(0x18)) : 1,
    journalInode: compatible & HAS_JOURNAL ? u32(0xe0) : 0,
    is64Bit,
    hasGroupChecksums: (readOnly & GROUP_CHECKSUMS) !== 0,
    groupCount,
    descriptorSize,
    descriptorsPerBlock,
    tableBlocks: Math.ceil((inodesPerGroup * inodeSize) / blockSize),
    firstMeta: hasMeta ? Math.min(u32(0x104), descriptorBlocks) : descriptorBlocks,
    reserved: hasMeta ? 0 : u16(0xce),
    hasBackup(group) {
      if (group === 0) return true;
      if (compatible & SPARSE_SUPER2) return group === u32(0x24c) || group === u32(0x250);
      return !(readOnly & SPARSE_SUPER) || group === 1 || [3, 5, 7].some((base) => isPower(group, base));
    },
  };
}

function firstOf({ firstBlock, blocksPerGroup }: Geometry, group: number): number {
  return firstBlock + group * blocksPerGroup;
}

/** With blocks of 1 KiB the first one is for boot code, also where bigalloc counts it to the first group. */
function superblockOf(geometry: Geometry, group: number): number {
  return group === 0 ? Math.floor(1024 / geometry.blockSize) : firstOf(geometry, group);
}

/** The superblock and the descriptors that a group holds: the original, a backup, or those of its meta block group. */
function superblockClaims(geometry: Geometry, group: number): Claim[] {
  const { blocks, descriptorsPerBlock, firstMeta, reserved, hasBackup } = geometry;
  const claims: Claim[] = [];
  const start = superblockOf(geometry, group);
  if (hasBackup(group)) {
    const count = Math.min(1 + firstMeta + reserved, blocks - firstOf(geometry, group));
    claims.push({ use: 'superblock', start, count });
  }
  const within = group % descriptorsPerBlock;
  const isCopied = within === 0 || within === 1 || within === descriptorsPerBlock - 1;
  if (Math.floor(group / descriptorsPerBlock) >= firstMeta && isCopied) {
    claims.push({ use: 'superblock', start: start + (hasBackup(group) ? 1 : 0), count: 1 });
  }
  return claims;
}

/** What a group's descriptor says, and claims. */
function readGroup(device: BlockDevice, geometry: Geometry, index: number): Group & { claims: Claim[] } {
  const { is64Bit, blockSize, descriptorSize, descriptorsPerBlock, tableBlocks } = geometry;
  const place = descriptorBlockOf(geometry, Math.floor(index / descriptorsPerBlock));
  const offset = place * blockSize + (index % descriptorsPerBlock) * descriptorSize;
  const descriptor = read(device, offset, descriptorSize);
  const pointer = (at: number): number =>
    descriptor.getUint32(at, true) + (is64Bit ? descriptor.getUint32(at + 0x20, true) * 2 ** 32 : 0);
  const blockBitmap = pointer(0);
  const flags = geometry.hasGroupChecksums ? descriptor.getUint16(0x12, true) : 0;
  return {
    blockBitmap,
    isUninitialized: (flags & BLOCK_UNINIT) !== 0,
    claims: [
      { use: 'bitmaps', start: blockBitmap, count: 1 },
      { use: 'bitmaps', start: pointer(4), count: 1 },
      { use: 'inodes', start: pointer(8), count: tableBlocks },
    ],
  };
}

/** Where a block of descriptors lies: behind the first superblock, or in the first of its own groups. */
function descriptorBlockOf(geometry: Geometry, block: number): number {
  if (block < geometry.firstMeta) return superblockOf(geometry, 0) + 1 + block;
  const group = block * geometry.descriptorsPerBlock;
  return superblockOf(geometry, group) + (geometry.hasBackup(group) ? 1 : 0);
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
