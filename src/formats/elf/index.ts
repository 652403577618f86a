/** A small reader of little-endian ELF files: header, section table, sections' bytes, what dynamic loaders read. */
export { type ElfDynamic, readElfDynamic } from './dynamic.ts';
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
} from './elf.ts';
export { type LoaderPaths, readLoaderPaths } from './loader.ts';
export { readLoaderCache } from './loader-cache.ts';
