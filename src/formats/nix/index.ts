/** What Nix writes into binary caches, beside the archives: store paths, digests, narinfo, signatures. */
export { nix32, parseDigest } from './digest.ts';
export { type NarInfo, parseNarInfo } from './narinfo.ts';
export { fingerprint, type NixKeys, parsePublicKey, verifyNarInfo } from './signature.ts';
export { isStoreName, STORE, type StorePath, storePath } from './store-path.ts';
