import { RootlessBakeError } from '../../errors.ts';
import { ADV_COPIES, emptyAdv } from './adv.ts';
import { EXTENT_SIZE, LDLINUX_MAGIC, SECTOR_SIZE } from './layout.ts';
import { type PatchArea, type Region, readPatchArea } from './patch-area.ts';
import { sectorRuns } from './sector-map.ts';

export interface LdlinuxSysOptions {
  /**
   * LBA, relative to the partition, of every 512-byte sector of the file on disk, ADV included, in file
   * order. Further entries (the rest of the last block) are ignored.
   */
  readonly sectorLbas: readonly number[];
  /** Absolute path, from the root of the file system, of the folder with ldlinux.c32 and the config. */
  readonly installDirectory: string;
  /** `--stupid` of extlinux: read one sector at a time, for broken BIOSes; default false. */
  readonly stupid?: boolean | undefined;
}

/** Size in bytes of ldlinux.sys on disk: the code in whole sectors, then the two copies of the ADV. */
export function ldlinuxSysFileSize(sys: Uint8Array): number {
  return (dataSectors(sys) + ADV_COPIES) * SECTOR_SIZE;
}

function dataSectors(sys: Uint8Array): number {
  return Math.ceil(sys.length / SECTOR_SIZE);
}

function writePath(image: Uint8Array, region: Region, path: string): void {
  const bytes = Buffer.from(path, 'utf8');
  if (!path.startsWith('/') || bytes.includes(0) || bytes.length >= region.length) {
    throw new RootlessBakeError(
      'RB_PATH_INVALID',
      `install directory ${JSON.stringify(path)} is not an absolute path of fewer than ${region.length} bytes`,
      { hint: 'install into /boot' },
    );
  }
  image.set(bytes, region.offset);
  image[region.offset + bytes.length] = 0;
}

function writeExtents(image: Uint8Array, region: Region, lbas: readonly number[]): void {
  const runs = sectorRuns(lbas);
  const capacity = region.length / EXTENT_SIZE;
  if (runs.length > capacity) {
    throw new RootlessBakeError(
      'RB_SYSLINUX_EXTENTS',
      `ldlinux.sys lies in ${runs.length} pieces on the disk, its table holds ${capacity}`,
      { hint: 'write ldlinux.sys first, into a fresh file system, so that it is contiguous' },
    );
  }
  image.fill(0, region.offset, region.offset + region.length);
  const view = new DataView(image.buffer, image.byteOffset + region.offset, region.length);
  for (const [index, { lba, count }] of runs.entries()) {
    view.setBigUint64(index * EXTENT_SIZE, BigInt(lba), true);
    view.setUint16(index * EXTENT_SIZE + 8, count, true);
  }
}

/** SYSLINUX's checksum: with it in place, all dwords of ldlinux.sys sum up to the magic. */
function writeChecksum(view: DataView, area: PatchArea, dwords: number): void {
  const at = area.offset + 16;
  view.setUint32(at, 0, true);
  let checksum = LDLINUX_MAGIC;
  for (let index = 0; index < dwords; index++) checksum = (checksum - view.getUint32(index * 4, true)) >>> 0;
  view.setUint32(at, checksum, true);
}

/**
 * Makes the ldlinux.sys that `extlinux --install` leaves on disk: code that knows the addresses of its
 * own sectors, zeros to the end of its last sector, and two empty ADVs. The first sector is found by
 * the boot sector and thus is not in the extent table; neither are the ADVs, which have pointers.
 *
 * @param sys the unpatched ldlinux.sys of the installer
 * @returns `ldlinuxSysFileSize(sys)` new bytes
 * @throws RootlessBakeError `RB_SYSLINUX_EXTENTS` (too few sectors, too many pieces), `RB_PATH_INVALID`
 * (install directory not absolute or too long), `RB_SYSLINUX_NOT_FOUND` (not an ldlinux.sys)
 */
export function patchLdlinuxSys(sys: Uint8Array, options: LdlinuxSysOptions): Uint8Array {
  const area = readPatchArea(sys);
  const { sectorLbas } = options;
  const sectors = dataSectors(sys);
  if (sectorLbas.length < sectors + ADV_COPIES) {
    throw new RootlessBakeError(
      'RB_SYSLINUX_EXTENTS',
      `ldlinux.sys needs ${sectors + ADV_COPIES} sectors, its extents have ${sectorLbas.length}`,
      {
        hint: `allocate ${ldlinuxSysFileSize(sys)} bytes, without holes, for ldlinux.sys`,
      },
    );
  }
  const bad = sectorLbas.find((lba) => !Number.isSafeInteger(lba) || lba <= 0);
  if (bad !== undefined) {
    throw new RootlessBakeError('RB_SYSLINUX_EXTENTS', `ldlinux.sys cannot have a sector at LBA ${bad}`, {
      hint: 'LBA 0 is the boot sector; a hole in the file has no address: write ldlinux.sys without holes',
    });
  }

  const file = new Uint8Array(ldlinuxSysFileSize(sys));
  const view = new DataView(file.buffer);
  file.set(sys);
  writePath(file, area.directory, options.installDirectory);
  writeExtents(file, area.extents, sectorLbas.slice(1, sectors));
  for (let copy = 0; copy < ADV_COPIES; copy++) {
    view.setBigUint64(area.advPointers + 8 * copy, BigInt(sectorLbas[sectors + copy] ?? 0), true);
    file.set(emptyAdv(), (sectors + copy) * SECTOR_SIZE);
  }
  const dwords = Math.floor(sys.length / 4);
  view.setUint16(area.offset + 8, sectors, true);
  view.setUint16(area.offset + 10, ADV_COPIES, true);
  view.setUint32(area.offset + 12, dwords, true);
  if (options.stupid) view.setUint16(area.offset + 20, 1, true);
  writeChecksum(view, area, dwords);
  return file;
}
