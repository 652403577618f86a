import { RootlessBakeError } from '../../errors.ts';
import {
  ELF_MACHINE,
  ELF_TYPE,
  type ElfFile,
  elfFileSize,
  elfSection,
  elfSectionBytes,
  parseElf,
} from '../elf/index.ts';
import {
  BOOT_SECTOR_MAGIC_OFFSET,
  BOOT_SECTOR_SIGNATURE_OFFSET,
  LDLINUX_MAGIC,
  SECTOR_SIZE,
} from './layout.ts';

/** The boot loader's parts as they lie in an installer program: not yet patched for a disk. */
export interface SyslinuxParts {
  /** 512 bytes: the template of the partition's boot sector. */
  readonly bootSector: Uint8Array;
  /** The core, without ADV. */
  readonly ldlinuxSys: Uint8Array;
  /** The module that the core loads next, to be written beside ldlinux.sys as ldlinux.c32. */
  readonly ldlinuxC32: Uint8Array;
  /** From the core's banner, such as `6.04`. */
  readonly version: string;
}

/** The first version that reads ext4 with the 64bit feature; 6.03 fails on it. */
const MINIMUM_VERSION = [6, 4] as const;

/** Starts of the objects: a jump over the BPB and the OEM name; the banner; an ELF32 little-endian header. */
const BOOT_SECTOR_START = Buffer.from('\xeb\x58\x90SYSLINUX', 'latin1');
const BANNER_START = Buffer.from('\r\nSYSLINUX ', 'latin1');
const ELF32_START = Buffer.from('\x7fELF\x01\x01\x01', 'latin1');

function notFound(what: string, cause?: unknown): RootlessBakeError {
  return new RootlessBakeError('RB_SYSLINUX_NOT_FOUND', `no SYSLINUX in this program: ${what}`, {
    hint: 'give the program /usr/bin/extlinux of the Debian package extlinux (or its syslinux), version 6.04',
    cause,
  });
}

/** Offsets at which `needle` occurs. */
function* occurrences(bytes: Buffer, needle: Buffer, from = 0): Generator<number> {
  for (let at = bytes.indexOf(needle, from); at >= 0; at = bytes.indexOf(needle, at + 1)) yield at;
}

/** Offset of the boot sector: the only jump-and-name that also has SYSLINUX's magic and 55 AA. */
function findBootSector(program: Buffer): number {
  for (const at of occurrences(program, BOOT_SECTOR_START)) {
    if (at + SECTOR_SIZE > program.length) break;
    if (
      program.readUInt32LE(at + BOOT_SECTOR_MAGIC_OFFSET) === LDLINUX_MAGIC &&
      program.readUInt16LE(at + BOOT_SECTOR_SIGNATURE_OFFSET) === 0xaa55
    ) {
      return at;
    }
  }
  throw notFound('it has no boot sector template');
}

/**
 * Offset of the core: a banner, closely followed by the magic and by the build's instance number, which
 * the boot sector has too (it refuses a core of another build). The core has a second banner, for the
 * screen, that has no magic near it.
 */
function findCore(program: Buffer, bootSector: Buffer): number {
  for (const at of occurrences(program, BANNER_START)) {
    for (let magic = at + 8; magic <= at + 64 && magic + 8 <= program.length; magic += 8) {
      const instance = program.subarray(magic + 4, magic + 8);
      if (program.readUInt32LE(magic) === LDLINUX_MAGIC && bootSector.includes(instance)) return at;
    }
  }
  throw notFound('it has no core (ldlinux.sys) that belongs to the boot sector');
}

/** Offset and size of the embedded i386 shared object. */
function findModule(program: Buffer): { offset: number; size: number } {
  let cause: unknown;
  // The program itself starts at 0, and may be an ELF32 as well.
  for (const offset of occurrences(program, ELF32_START, 1)) {
    try {
      const elf = parseElf(program.subarray(offset));
      const size = elfFileSize(elf);
      const isModule = elf.header.type === ELF_TYPE.shared && elf.header.machine === ELF_MACHINE.i386;
      if (isModule && offset + size <= program.length) return { offset, size };
    } catch (error) {
      if (!(error instanceof RootlessBakeError)) throw error;
      cause = error;
    }
  }
  throw notFound('it has no ldlinux.c32', cause);
}

/** Where the bytes that may belong to an object at `start` end: at the next object or the section's end. */
function objectLimit(installer: ElfFile, start: number, others: readonly number[]): number {
  const section = installer.sections.find(({ offset, size }) => offset <= start && start < offset + size);
  const sectionEnd = section === undefined ? installer.bytes.length : section.offset + section.size;
  return Math.min(sectionEnd, ...others.filter((other) => other > start));
}

/**
 * The core's length, which the program has as a constant: the u32 in .rodata that is a multiple of 512
 * and ends the core less than a sector before its limit.
 */
function coreLength(installer: ElfFile, start: number, limit: number): number {
  const section = elfSection(installer, '.rodata');
  if (section === undefined) throw notFound('it has no .rodata section');
  const constants = Buffer.from(elfSectionBytes(installer, section));
  for (let at = 0; at + 4 <= constants.length; at += 4) {
    const length = constants.readUInt32LE(at);
    const rest = limit - (start + length);
    if (length > 0 && length % SECTOR_SIZE === 0 && rest >= 0 && rest < SECTOR_SIZE) return length;
  }
  throw notFound('the length of its core is not to be found');
}

function readVersion(program: Buffer, core: number): string {
  const banner = program.toString('latin1', core + BANNER_START.length, core + BANNER_START.length + 32);
  const match = /^(\d+)\.(\d+)/.exec(banner);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  const [wantMajor, wantMinor] = MINIMUM_VERSION;
  if (match === null || major < wantMajor || (major === wantMajor && minor < wantMinor)) {
    throw new RootlessBakeError(
      'RB_SYSLINUX_VERSION',
      `SYSLINUX ${match?.[0] ?? 'of unknown version'} cannot read ext4 as it is made here (64bit)`,
      { hint: 'use SYSLINUX 6.04 or newer, as in Debian 10 and later (package extlinux)' },
    );
  }
  return match[0];
}

/**
 * Takes the boot loader out of an installer program: Debian's `extlinux` or `syslinux`, the only files
 * that hold an unpatched ldlinux.sys. Everything is found by signature, nothing by a fixed offset.
 *
 * @param program the bytes of the ELF program
 * @returns copies; the program's bytes need not be kept
 * @throws RootlessBakeError `RB_SYSLINUX_NOT_FOUND`, `RB_SYSLINUX_VERSION` (before 6.04)
 */
export function extractSyslinux(program: Uint8Array): SyslinuxParts {
  const bytes = Buffer.from(program.buffer, program.byteOffset, program.length);
  let installer: ElfFile;
  try {
    installer = parseElf(program);
  } catch (error) {
    throw notFound('it is not a sound ELF program', error);
  }
  const bootSectorAt = findBootSector(bytes);
  const bootSector = bytes.subarray(bootSectorAt, bootSectorAt + SECTOR_SIZE);
  const coreAt = findCore(bytes, bootSector);
  const version = readVersion(bytes, coreAt);
  const module = findModule(bytes);
  const length = coreLength(installer, coreAt, objectLimit(installer, coreAt, [bootSectorAt, module.offset]));
  const copy = (offset: number, size: number): Uint8Array =>
    new Uint8Array(program.subarray(offset, offset + size));
  return {
    bootSector: copy(bootSectorAt, SECTOR_SIZE),
    ldlinuxSys: copy(coreAt, length),
    ldlinuxC32: copy(module.offset, module.size),
    version,
  };
}
