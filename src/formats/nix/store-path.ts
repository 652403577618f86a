import { DIGITS } from './digest.ts';

/** Where store paths lie: the only folder that public binary caches are made for. */
export const STORE = '/nix/store';

/** A path right below {@link STORE}. */
export interface StorePath {
  /** `HASH-NAME` */
  readonly base: string;
  /** 32 digits of Nix's base 32: what a binary cache knows the path by. */
  readonly hash: string;
  /** Such as `gawk-5.2.1`. */
  readonly name: string;
}

/** nix, src/libstore/path.cc: at most 211 characters, and no period in front. */
const NAME = /^[0-9A-Za-z+_?=-][0-9A-Za-z+._?=-]{0,210}$/;

const BASE = new RegExp(`^([${DIGITS}]{32})-(.*)$`);

/** A store path from `/nix/store/HASH-NAME` or `HASH-NAME`; undefined for anything else. */
export function storePath(text: string): StorePath | undefined {
  const base = text.startsWith(`${STORE}/`) ? text.slice(STORE.length + 1) : text;
  const [, hash, name] = BASE.exec(base) ?? [];
  return hash !== undefined && name !== undefined && isStoreName(name) ? { base, hash, name } : undefined;
}

/** Whether this can be the name of a store path, which comes behind its hash. */
export function isStoreName(name: string): boolean {
  return NAME.test(name);
}
