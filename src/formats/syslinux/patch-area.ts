import { RootlessBakeError } from '../../errors.ts';
import { EXTENT_SIZE, LDLINUX_MAGIC, SECTOR_SIZE } from './layout.ts';

/** A place in a file: byte offset and length. */
export interface Region {
  readonly offset: number;
  readonly length: number;
}

/**
 * Where an ldlinux.sys, and the boot sector that belongs to it, are to be patched (`struct patch_area`
 * and `struct ext_patch_area`, libinstaller/syslxint.h). Offsets are bytes in ldlinux.sys unless said.
 */
export interface PatchArea {
  /** The patch area itself: magic, instance, counts, checksum. */
  readonly offset: number;
  /** Two u64: the LBAs of the ADV copies. */
  readonly advPointers: number;
  /** The install directory, NUL-terminated. */
  readonly directory: Region;
  /** The btrfs subvolume, NUL-terminated; empty on ext2/3/4. */
  readonly subvolume: Region;
  /** The table of sector extents, 10 bytes each. */
  readonly extents: Region;
  /** In the boot sector: low and high dword of the LBA of ldlinux.sys's first sector. */
  readonly firstSectorLow: number;
  readonly firstSectorHigh: number;
  /** In the boot sector: the two bytes that become INT 18h for RAID-1. */
  readonly raid: number;
}

const PATCH_AREA_SIZE = 24;
const EXTENDED_PATCH_AREA_SIZE = 22;

function damaged(what: string): RootlessBakeError {
  return new RootlessBakeError('RB_SYSLINUX_NOT_FOUND', `ldlinux.sys is damaged: ${what}`, {
    hint: 'take ldlinux.sys from an unmodified extlinux or syslinux program of version 6.04',
  });
}

/** Offset of the first dword that equals the magic, or undefined. */
function findMagic(view: DataView): number | undefined {
  for (let at = 0; at + PATCH_AREA_SIZE <= view.byteLength; at += 4) {
    if (view.getUint32(at, true) === LDLINUX_MAGIC) return at;
  }
  return undefined;
}

/**
 * Finds the patch area of an ldlinux.sys and checks that everything it points at lies inside.
 *
 * @throws RootlessBakeError `RB_SYSLINUX_NOT_FOUND`
 */
export function readPatchArea(sys: Uint8Array): PatchArea {
  const view = new DataView(sys.buffer, sys.byteOffset, sys.length);
  const offset = findMagic(view);
  if (offset === undefined) throw damaged('it has no patch area');
  const extended = view.getUint16(offset + 22, true);
  if (extended + EXTENDED_PATCH_AREA_SIZE > sys.length) throw damaged('its patch area points outside');
  const field = (index: number): number => view.getUint16(extended + 2 * index, true);
  const area: PatchArea = {
    offset,
    advPointers: field(0),
    directory: { offset: field(1), length: field(2) },
    subvolume: { offset: field(3), length: field(4) },
    extents: { offset: field(5), length: field(6) * EXTENT_SIZE },
    firstSectorLow: field(7),
    firstSectorHigh: field(8),
    raid: field(9),
  };
  const inSys = [{ offset: area.advPointers, length: 16 }, area.directory, area.subvolume, area.extents];
  const inBootSector = [
    { offset: area.firstSectorLow, length: 4 },
    { offset: area.firstSectorHigh, length: 4 },
    { offset: area.raid, length: 2 },
  ];
  if (
    inSys.some((region) => region.offset + region.length > sys.length) ||
    inBootSector.some((region) => region.offset + region.length > SECTOR_SIZE)
  ) {
    throw damaged('its patch area points outside');
  }
  return area;
}
