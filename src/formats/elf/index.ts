/** A small reader of little-endian ELF files: header, section table, sections' bytes. */
export {
  ELF_MACHINE,
  ELF_TYPE,
  type ElfFile,
  type ElfHeader,
  type ElfSection,
  elfFileSize,
  elfSection,
  elfSectionBytes,
  parseElf,
  SECTION_TYPE_NOBITS,
} from './elf.ts';
