/**
 * Nix archives: the serialisation of one file system object that store paths are hashed and transferred in
 * (Nix reference manual, "Nix Archive (NAR) format").
 */
export { type NarOptions, readNar, readNarInPlace } from './read.ts';
