import { RootlessBakeError } from '../../errors.ts';

/** Values of `e_type` (System V ABI, chapter 4; `ET_*` in elf.h). */
export const ELF_TYPE = { relocatable: 1, executable: 2, shared: 3, core: 4 } as const;
/** Values of `e_machine` (`EM_*` in elf.h). */
export const ELF_MACHINE = { i386: 3, arm: 40, x86_64: 62, aarch64: 183, riscv: 243 } as const;
/** Value of `sh_type` for a section without bytes in the file (`SHT_NOBITS`, such as .bss). */
export const SECTION_TYPE_NOBITS = 8;

/** The fields of the ELF header that say what the file is and where its tables lie. Offsets in bytes. */
export interface ElfHeader {
  readonly class: 32 | 64;
  readonly type: number;
  readonly machine: number;
  readonly programTableOffset: number;
  readonly programTableEntrySize: number;
  /** Number of program headers, 0 when the file has none. */
  readonly programCount: number;
  readonly sectionTableOffset: number;
  readonly sectionTableEntrySize: number;
  /** Number of section headers, 0 when the file has none. */
  readonly sectionCount: number;
  /** Index of the section with the sections' names. */
  readonly nameSectionIndex: number;
}

/** One section header. Offset and size in bytes; a NOBITS section has a size but no bytes. */
export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly offset: number;
  readonly size: number;
}

/** A parsed file: its bytes stay where they are, nothing is copied. */
export interface ElfFile {
  readonly bytes: Uint8Array;
  readonly header: ElfHeader;
  /** All sections in table order, the null section at index 0 included. */
  readonly sections: readonly ElfSection[];
}

/** `DataView` reads with the file's word size and an error of ours instead of a RangeError. */
class ElfReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Throws unless `length` bytes at `offset` lie in the file. */
  require(offset: number, length: number, what: string): void {
    if (offset + length > this.bytes.length) {
      throw new RootlessBakeError(
        'RB_ELF_TRUNCATED',
        `${what} at ${offset} to ${offset + length} lies beyond the end of the ELF file (${this.bytes.length} bytes)`,
        { hint: 'the file is truncated or damaged: fetch it again' },
      );
    }
  }

  u16(offset: number): number {
    return this.#view.getUint16(offset, true);
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** A word of the file's class: u32 or u64. No honest file has offsets or sizes above 2^53. */
  word(offset: number, elfClass: 32 | 64): number {
    if (elfClass === 32) return this.u32(offset);
    const value = this.#view.getBigUint64(offset, true);
    return value > Number.MAX_SAFE_INTEGER ? Number.POSITIVE_INFINITY : Number(value);
  }
}

/**
 * Parses the header of a little-endian ELF32 or ELF64 file.
 *
 * @param bytes the first 64 of the file, or more
 * @throws RootlessBakeError `RB_ELF_INVALID`, `RB_ELF_UNSUPPORTED` (big-endian), `RB_ELF_TRUNCATED`
 */
export function parseElfHeader(bytes: Uint8Array): ElfHeader {
  const reader = new ElfReader(bytes);
  if (bytes.length < 16 || reader.u32(0) !== 0x464c457f) {
    throw new RootlessBakeError('RB_ELF_INVALID', 'not an ELF file: it does not start with 7F "ELF"', {
      hint: 'give a program for Linux',
    });
  }
  const elfClass = bytes[4] === 1 ? 32 : bytes[4] === 2 ? 64 : undefined;
  if (elfClass === undefined) {
    throw new RootlessBakeError('RB_ELF_INVALID', `ELF class ${bytes[4]} is neither 32-bit nor 64-bit`);
  }
  if (bytes[5] !== 1) {
    throw new RootlessBakeError('RB_ELF_UNSUPPORTED', `ELF data encoding ${bytes[5]} is not little-endian`);
  }
  const wide = elfClass === 64;
  reader.require(0, wide ? 64 : 52, 'the ELF header');
  return {
    class: elfClass,
    type: reader.u16(16),
    machine: reader.u16(18),
    programTableOffset: reader.word(wide ? 32 : 28, elfClass),
    programTableEntrySize: reader.u16(wide ? 54 : 42),
    programCount: reader.u16(wide ? 56 : 44),
    sectionTableOffset: reader.word(wide ? 40 : 32, elfClass),
    sectionTableEntrySize: reader.u16(wide ? 58 : 46),
    sectionCount: reader.u16(wide ? 60 : 48),
    nameSectionIndex: reader.u16(wide ? 62 : 50),
  };
}

/** A section header with its name still as an offset in the name section. */
type RawSection = Omit<ElfSection, 'name'> & { readonly nameOffset: number; readonly link: number };

function parseRawSection(reader: ElfReader, header: ElfHeader, index: number): RawSection {
  const at = header.sectionTableOffset + index * header.sectionTableEntrySize;
  reader.require(at, header.sectionTableEntrySize, `section header ${index}`);
  const wide = header.class === 64;
  return {
    nameOffset: reader.u32(at),
    type: reader.u32(at + 4),
    offset: reader.word(at + (wide ? 24 : 16), header.class),
    size: reader.word(at + (wide ? 32 : 20), header.class),
    link: reader.u32(at + (wide ? 40 : 24)),
  };
}

/** No section's name is longer; the limit keeps a damaged name table from being copied for each section. */
const MAX_NAME = 255;

function sectionName(table: Uint8Array, offset: number): string {
  const name = table.subarray(offset, offset + MAX_NAME);
  const end = name.indexOf(0);
  return Buffer.from(end < 0 ? name : name.subarray(0, end)).toString('latin1');
}

/**
 * Parses the header and the section table of a little-endian ELF32 or ELF64 file (System V ABI,
 * chapter 4). For program headers see {@link ./dynamic.ts}. Sections' bytes are checked when they are asked for.
 *
 * @throws RootlessBakeError `RB_ELF_INVALID`, `RB_ELF_UNSUPPORTED` (big-endian), `RB_ELF_TRUNCATED`
 */
export function parseElf(bytes: Uint8Array): ElfFile {
  let header = parseElfHeader(bytes);
  const reader = new ElfReader(bytes);
  if (header.sectionTableOffset === 0) return { bytes, header: { ...header, sectionCount: 0 }, sections: [] };
  const minimum = header.class === 64 ? 64 : 40;
  if (header.sectionTableEntrySize < minimum) {
    throw new RootlessBakeError(
      'RB_ELF_INVALID',
      `ELF section headers of ${header.sectionTableEntrySize} bytes, fewer than ${minimum}`,
    );
  }

  // Counts that do not fit in 16 bits are kept in section 0.
  const first = parseRawSection(reader, header, 0);
  if (header.sectionCount === 0) header = { ...header, sectionCount: first.size };
  if (header.nameSectionIndex === 0xffff) header = { ...header, nameSectionIndex: first.link };
  reader.require(
    header.sectionTableOffset,
    header.sectionCount * header.sectionTableEntrySize,
    'the section header table',
  );

  const raw: RawSection[] = [];
  for (let index = 0; index < header.sectionCount; index++) raw.push(parseRawSection(reader, header, index));
  const nameSection = raw[header.nameSectionIndex];
  if (nameSection === undefined) {
    throw new RootlessBakeError(
      'RB_ELF_INVALID',
      `the ELF section with the names is ${header.nameSectionIndex} of ${raw.length}`,
    );
  }
  reader.require(nameSection.offset, nameSection.size, 'the section name table');
  const names = bytes.subarray(nameSection.offset, nameSection.offset + nameSection.size);
  const sections = raw.map(({ nameOffset, type, offset, size }) => {
    return { name: sectionName(names, nameOffset), type, offset, size };
  });
  return { bytes, header, sections };
}

/** The first section with this name, or undefined. */
export function elfSection(elf: ElfFile, name: string): ElfSection | undefined {
  return elf.sections.find((section) => section.name === name);
}

/**
 * The bytes of a section as a view into the file; empty for a NOBITS section.
 *
 * @throws RootlessBakeError `RB_ELF_TRUNCATED`
 */
export function elfSectionBytes(elf: ElfFile, section: ElfSection): Uint8Array {
  if (section.type === SECTION_TYPE_NOBITS) return elf.bytes.subarray(0, 0);
  new ElfReader(elf.bytes).require(section.offset, section.size, `section ${section.name}`);
  return elf.bytes.subarray(section.offset, section.offset + section.size);
}

/**
 * Where the file ends by its own tables: the larger of the section table's end and the end of the last
 * section with bytes. What follows in `elf.bytes` does not belong to it.
 */
export function elfFileSize(elf: ElfFile): number {
  const { sectionTableOffset, sectionTableEntrySize, sectionCount } = elf.header;
  let end = sectionTableOffset + sectionTableEntrySize * sectionCount;
  for (const section of elf.sections) {
    if (section.type !== SECTION_TYPE_NOBITS) end = Math.max(end, section.offset + section.size);
  }
  return end;
}
