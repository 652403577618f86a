export { DEFAULT_TAR_LIMITS, type TarEntry, type TarHeader, type TarLimits, tarEntries } from './entries.ts';
export { isTar } from './header.ts';
export { placeEntry } from './place.ts';
export { type ReadTarOptions, readTar } from './read.ts';
export { readTarInPlace, tarEntriesInPlace } from './read-in-place.ts';
export { treeDigest, type WriteTarOptions, writeTar } from './write.ts';
