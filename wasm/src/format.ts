import type { BlockDevice } from './device.ts';
import { Ext2fsError } from './errors.ts';
import { checkFeatures } from './features.ts';
import { runProgram } from './instance.ts';

/** What {@link format} makes. What is not given is decided by mke2fs, from the device's size. */
export interface FormatOptions {
  /** Default `ext4`. */
  type?: 'ext2' | 'ext3' | 'ext4';
  /** The file system's UUID, with hyphens. */
  uuid: string;
  /** Seed of directory hashes, a UUID; default: derived from `uuid`, always the same. */
  hashSeed?: string;
  /** Volume label, at most 16 bytes of UTF-8. */
  label?: string;
  /** Bytes; default 4096, on devices below 512 MiB 1024. */
  blockSize?: 1024 | 2048 | 4096;
  /** Features to add, or to take away with `^`, of {@link featureNames}: `['^64bit']` (ext4(5)). */
  features?: readonly string[];
  /** Number of inodes, at least; the last block of each inode table is filled up. Wins over `bytesPerInode`. */
  inodes?: number;
  /** One inode for this many bytes of the device: 1024 to 64 MiB. */
  bytesPerInode?: number;
  /** Bytes; default 256. Those of 128 end in 2038, hold no nanoseconds and keep all xattrs in blocks. */
  inodeSize?: 128 | 256;
  /** Blocks for root only, percent of all: 0 to 50; default 5. */
  reservedPercent?: number;
  /**
   * Size of the journal: 1,024 to 10,240,000 blocks. `false`: none. Default: mke2fs's choice for ext3 and ext4
   * (none below 2,048 blocks), none for ext2.
   */
  journalMiB?: number | false;
  /** Seconds since 1970, at most 2^32 - 1: every time in the file system. */
  epoch: number;
}

const mebibyte = 2 ** 20;
const leastJournal = 1024; // blocks
const mostJournal = 10_240_000;
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Makes an empty file system over the whole device, as mke2fs 1.47.0 does with its own defaults less
 * `orphan_file` and `metadata_csum_seed`, which kernels before 5.15 cannot mount. Equal options and sizes give
 * equal bytes. Whatever file system was there is gone; blocks that stay free are not overwritten.
 *
 * @throws {RangeError} for an option that is out of range
 * @throws {Ext2fsError} `MKE2FS_FAILED` with mke2fs's words (the device is too small, two features
 *   exclude each other …)
 */
export async function format(device: BlockDevice, options: FormatOptions): Promise<void> {
  const { status, output } = await runProgram('mke2fs', mke2fsArguments(options), device, options.epoch);
  if (status !== 0)
    throw new Ext2fsError('MKE2FS_FAILED', output.trim() || `mke2fs ended with status ${status}`);
}

/** The command line of mke2fs. */
function mke2fsArguments(options: FormatOptions): string[] {
  checkOptions(options);
  const {
    type = 'ext4',
    uuid,
    label,
    blockSize,
    inodes,
    bytesPerInode,
    inodeSize,
    reservedPercent,
    journalMiB,
  } = options;
  const hashSeed = options.hashSeed ?? deriveSeed(uuid);
  const features = [
    ...(type === 'ext4' ? ['^orphan_file', '^metadata_csum_seed'] : []),
    ...(journalMiB === false ? ['^has_journal'] : []),
    ...(options.features ?? []),
  ];
  // The inode tables and the journal are zeroed at once, by the device: nothing is left to the kernel.
  const extended = `hash_seed=${hashSeed},nodiscard,lazy_itable_init=0,lazy_journal_init=0`;
  return [
    ...['-q', '-F', '-t', type, '-U', uuid, '-E', extended],
    ...(features.length > 0 ? ['-O', features.join(',')] : []),
    ...(label === undefined ? [] : ['-L', label]),
    ...(blockSize === undefined ? [] : ['-b', String(blockSize)]),
    ...(inodes === undefined ? [] : ['-N', String(inodes)]),
    ...(bytesPerInode === undefined ? [] : ['-i', String(bytesPerInode)]),
    ...(inodeSize === undefined ? [] : ['-I', String(inodeSize)]),
    ...(reservedPercent === undefined ? [] : ['-m', String(reservedPercent)]),
    ...(typeof journalMiB === 'number' ? ['-J', `size=${journalMiB}`] : []),
    'device',
  ];
}

function checkOptions(options: FormatOptions): void {
  checkEpoch(options.epoch);
  const { type, uuid, hashSeed, label, blockSize, inodeSize, journalMiB } = options;
  checkChoice('type', type, ['ext2', 'ext3', 'ext4']);
  for (const [name, value] of Object.entries({ uuid, hashSeed })) {
    if ((name === 'uuid' || value !== undefined) && !uuidPattern.test(String(value)))
      throw new RangeError(`${name} is not a UUID: ${value}`);
  }
  if (label !== undefined && (label.includes('\0') || new TextEncoder().encode(label).length > 16)) {
    throw new RangeError(`label is longer than 16 bytes or contains NUL: ${label}`);
  }
  checkChoice('blockSize', blockSize, [1024, 2048, 4096]);
  checkChoice('inodeSize', inodeSize, [128, 256]);
  checkFeatures(options.features ?? []);
  checkInteger('inodes', options.inodes, 1, 2 ** 32 - 1);
  checkInteger('bytesPerInode', options.bytesPerInode, 1024, 2 ** 26);
  const { reservedPercent } = options;
  if (reservedPercent !== undefined && !(reservedPercent >= 0 && reservedPercent <= 50))
    throw new RangeError(`reservedPercent is not a number from 0 to 50: ${reservedPercent}`);
  if (journalMiB !== false) {
    const least = Math.ceil((leastJournal * (blockSize ?? 1024)) / mebibyte);
    const most = Math.floor((mostJournal * (blockSize ?? 4096)) / mebibyte);
    checkInteger('journalMiB', journalMiB, least, most);
  }
}

function checkChoice<T>(name: string, value: T | undefined, choices: readonly T[]): void {
  if (value !== undefined && !choices.includes(value))
    throw new RangeError(`${name} is none of ${choices.join(', ')}: ${value}`);
}

function checkInteger(name: string, value: number | undefined, least: number, most: number): void {
  if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
    throw new RangeError(`${name} is not a whole number from ${least} to ${most}: ${value}`);
}

/**
 * Refuses an epoch that the superblock's 32-bit times cannot hold.
 * @throws {RangeError}
 */
export function checkEpoch(epoch: number): void {
  if (!Number.isInteger(epoch) || epoch < 0 || epoch > 0xffff_ffff) {
    throw new RangeError(`epoch is not a number of seconds from 0 to 2^32 - 1: ${epoch}`);
  }
}

/** A UUID that depends on the given one only, and differs from it: its bytes mixed, marked as version 8. */
function deriveSeed(uuid: string): string {
  const digits = uuid.replaceAll('-', '').toLowerCase();
  let state = 0xcbf29ce484222325n; // 64-bit FNV-1a, then its own output once more
  let result = '';
  for (const round of ['hash', 'seed']) {
    for (const character of round + digits) {
      state = BigInt.asUintN(64, (state ^ BigInt(character.charCodeAt(0))) * 0x100000001b3n);
    }
    result += state.toString(16).padStart(16, '0');
  }
  const marked = `${result.slice(0, 12)}8${result.slice(13, 16)}8${result.slice(17)}`;
  return marked.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
