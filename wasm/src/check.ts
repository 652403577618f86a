import type { BlockDevice } from './device.ts';
import { runProgram } from './instance.ts';

/** What {@link check} may do. */
export interface CheckOptions {
  /** Repair what is wrong, without asking. */
  repair?: boolean;
  /** Also rebuild directories: large ones get a hash index, all lose their gaps. Implies `repair`. */
  optimizeDirectories?: boolean;
  /**
   * Seconds since 1970 that the check happens at. Default: the file system's own time of last write, so that
   * a repair is repeatable.
   */
  epoch?: number;
}

/** What e2fsck found. */
export interface CheckResult {
  /** The file system is consistent now (with `repair`: perhaps after changes). */
  clean: boolean;
  /** e2fsck(8): 0 clean, 1 corrected, 4 left uncorrected, 8 operational error … added up. */
  exitCode: number;
  /** All that e2fsck wrote. */
  output: string;
}

/**
 * Checks the whole file system as `e2fsck -f` does; without options nothing is written.
 *
 * @throws {Ext2fsError} if e2fsck did not get through: `EXT2FS_TRAPPED` (it broke off), `EXT2FS_ENDLESS` (damage sent
 *   it round in circles). What the device throws is passed on. After either, a repair is half done.
 */
export async function check(device: BlockDevice, options: CheckOptions = {}): Promise<CheckResult> {
  const { repair = false, optimizeDirectories = false, epoch = lastWrite(device) } = options;
  const flags = repair || optimizeDirectories ? '-fy' : '-fn';
  const parameters = [optimizeDirectories ? `${flags}D` : flags, 'device'];
  const { status, output } = await runProgram('e2fsck', parameters, device, epoch);
  const corrected = 1 | 2; // 2: corrected, reboot wanted
  return { clean: (status & ~corrected) === 0, exitCode: status, output };
}

/** s_wtime of the primary superblock (ext2_fs.h: byte 48 of the superblock at 1024); 0 without one. */
function lastWrite(device: BlockDevice): number {
  if (device.size < 2048) return 0;
  const superblock = new Uint8Array(1024);
  device.read(superblock, 1024);
  const view = new DataView(superblock.buffer);
  return view.getUint16(56, true) === 0xef53 ? view.getUint32(48, true) : 0;
}
