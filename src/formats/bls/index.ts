/** Type 1 entries of the Boot Loader Specification. */
export { type BlsEntry, bootEntryText, parseBlsEntry } from './entry.ts';
export { loaderDefault, matchesPattern } from './loader-conf.ts';
export { sortBls, sortBlsByName } from './sort.ts';
export { compareVersions } from './version.ts';
