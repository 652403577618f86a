import type { BlockDevice } from './device.ts';
import { Ext2fsError } from './errors.ts';
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
  /** Features to add, or to take away with `^`: `['^64bit']` (ext4(5)). */
  features?: readonly string[];
  /** Number of inodes. */
  inodes?: number;
  /** One inode for this many bytes of the device. */
  bytesPerInode?: number;
  /** Blocks for root only, percent of all; default 5. */
  reservedPercent?: number;
  /** Size of the journal; `false`: none. Default: mke2fs's choice for ext3 and ext4, none for ext2. */
  journalMiB?: number | false;
  /** Seconds since 1970, at most 2^32 - 1: every time in the file system. */
  epoch: number;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Makes an empty file system over the whole device, as mke2fs 1.47.0 does with its own defaults less
 * `orphan_file` and `metadata_csum_seed`, which kernels before 5.15 cannot mount. Equal options and sizes give
 * equal bytes. Whatever file system was there is gone; blocks that stay free are not overwritten.
 *
 * @throws {RangeError} for an option that is out of range
 * @throws {Ext2fsError} `MKE2FS_FAILED` with mke2fs's words (the device is too small, a feature is unknown …)
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
    ...(reservedPercent === undefined ? [] : ['-m', String(reservedPercent)]),
    ...(typeof journalMiB === 'number' ? ['-J', `size=${journalMiB}`] : []),
    'device',
  ];
}

function checkOptions(options: FormatOptions): void {
  checkEpoch(options.epoch);
  for (const [name, value] of [
    ['uuid', options.uuid],
    ['hashSeed', options.hashSeed],
  ] as const) {
    if (value !== undefined && !uuidPattern.test(value))
      throw new RangeError(`${name} is not a UUID: ${value}`);
  }
  if (options.label !== undefined && new TextEncoder().encode(options.label).length > 16) {
    throw new RangeError(`label is longer than 16 bytes: ${options.label}`);
  }
  for (const feature of options.features ?? []) {
    if (!/^\^?[a-z0-9_]+$/i.test(feature)) throw new RangeError(`not the name of a feature: ${feature}`);
  }
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
