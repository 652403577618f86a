/** What Nix writes into binary caches, beside the archives: store paths and names, digests, narinfo, signatures. */
export { nix32, parseDigest } from './digest.ts';
export { type NarInfo, parseNarInfo } from './narinfo.ts';
export { type PackageName, parsePackageName } from './package-name.ts';
export { fingerprint, type NixKeys, parsePublicKey, verifyNarInfo } from './signature.ts';
export { isStoreName, STORE, type StorePath, storePath } from './store-path.ts';
