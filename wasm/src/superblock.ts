import type { SuperblockInfo } from './reader-types.ts';

const validState = 1; // EXT2_VALID_FS
const errorState = 2; // EXT2_ERROR_FS

/** Feature bits (ext2_fs.h) that an ext3 driver knows. What is beyond them makes an ext4. */
const ext3ReadOnlyCompatible = 0x0001 | 0x0002 | 0x0004; // sparse_super, large_file, btree_dir
const ext3Incompatible = 0x0002 | 0x0004 | 0x0010; // filetype, needs_recovery, meta_bg
const hasJournal = 0x0004;
const needsRecovery = 0x0004;
const is64Bit = 0x0080;

/**
 * Reads the 1024 bytes of a superblock (struct ext2_super_block in ext2_fs.h).
 * @param features the names of its feature bits
 */
export function decodeSuperblock(bytes: Uint8Array, features: string[]): SuperblockInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const u32 = (at: number): number => view.getUint32(at, true);
  const [compatible, incompatible, readOnlyCompatible] = [u32(92), u32(96), u32(100)] as const;
  const wide = (low: number, high: number): number =>
    u32(low) + (incompatible & is64Bit ? u32(high) * 2 ** 32 : 0);
  const time = (low: number, high: number): number => u32(low) + bytes[high]! * 2 ** 32;
  const isExt4 = incompatible & ~ext3Incompatible || readOnlyCompatible & ~ext3ReadOnlyCompatible;
  const state = view.getUint16(58, true);
  return {
    type: isExt4 ? 'ext4' : compatible & hasJournal ? 'ext3' : 'ext2',
    label: text(bytes.subarray(120, 136)),
    uuid: uuid(bytes.subarray(104, 120)),
    hashSeed: uuid(bytes.subarray(236, 252)),
    features,
    blockSize: 1024 << u32(24),
    blocks: wide(4, 336),
    freeBlocks: wide(12, 344),
    reservedBlocks: wide(8, 340),
    inodes: u32(0),
    freeInodes: u32(16),
    inodeSize: u32(76) === 0 ? 128 : view.getUint16(88, true),
    mkfsTime: time(264, 630),
    lastWriteTime: time(48, 628),
    lastMountTime: time(44, 629),
    lastCheckTime: time(64, 631),
    clean: (state & (validState | errorState)) === validState,
    needsRecovery: (incompatible & needsRecovery) !== 0,
  };
}

function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.slice(0, end < 0 ? bytes.length : end));
}

function uuid(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
