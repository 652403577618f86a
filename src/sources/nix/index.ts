/**
 * Closures of store paths from Nix binary caches, without Nix: every narinfo signed by a known key, every
 * archive of the digest that is signed.
 */
import { RootlessBakeError } from '../../errors.ts';
import { readNarInPlace } from '../../formats/nar/index.ts';
import { type NixKeys, parsePublicKey, STORE, type StorePath, storePath } from '../../formats/nix/index.ts';
import type { Net } from '../../net/net.ts';
import { type Entry, metadata } from '../../tree/entry.ts';
import { Tree } from '../../tree/tree.ts';
import { archiveName, DEFAULT_CACHE, narOf, openCache } from './binary-cache.ts';
import { type ClosureMeans, findClosure, keepObject, type NixObject } from './closure.ts';
import { inLanes } from './lanes.ts';

export { DEFAULT_CACHE } from './binary-cache.ts';

/** The key that cache.nixos.org signs with, as the Nix manual publishes it. */
export const DEFAULT_KEYS: readonly string[] = [
  'cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=',
];

export interface NixSource {
  /** `/nix/store/HASH-NAME` or `HASH-NAME`. */
  readonly paths: readonly string[];
  /** URL (http, https, file) or folder. Default {@link DEFAULT_CACHE}. */
  readonly cache?: string | undefined;
  /** `NAME:BASE64`: one of them must have signed each path. Default {@link DEFAULT_KEYS}. */
  readonly keys?: readonly string[] | undefined;
}

/** One path of a closure, for people and for a lock. */
export interface NixPath {
  readonly path: string;
  /** sha256 of the archive, decompressed, in hex. */
  readonly narHash: string;
  /** Bytes of it. */
  readonly narSize: number;
  /** Store paths. */
  readonly references: readonly string[];
  /** Name of the key. */
  readonly signedBy: string;
}

export interface NixClosure {
  /** Everything below /nix/store. Contents lie in the store of the net. */
  readonly tree: Tree;
  /** Sorted. */
  readonly paths: readonly NixPath[];
}

/** Archives on their way at once. */
const LANES = 6;

/** Names what a closure is made of in `cache ls`. */
const KIND = 'nar';

/**
 * Reads the closure of store paths: all narinfo files first, then the archives. Archives are kept in the store
 * decompressed, by the digest that is signed, and narinfo files beside them: a closure that is there needs no
 * network. Everything is 0:0, directories and executable files 0555, other files 0444, of 1 second after 1970, as
 * in any Nix store; /nix and /nix/store are 0755.
 *
 * @throws RB_SIGNATURE_INVALID when none of the keys has signed a path
 * @throws RB_DIGEST_MISMATCH, RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED for archives that are not what is signed
 * @throws RB_INPUT_NOT_FOUND when the cache lacks a path; RB_ARGUMENT for paths, keys and caches that are none
 * @throws RB_STORE_UNUSABLE, and what {@link Net} throws
 */
export async function readNixClosure(source: NixSource, net: Net): Promise<NixClosure> {
  const roots = source.paths.map(parsePath);
  const cache = openCache(source.cache ?? DEFAULT_CACHE, net);
  const means = { cache, keys: parseKeys(source.keys ?? DEFAULT_KEYS), store: net.store };
  const objects = await findClosure(roots, means);
  const entries = await inLanes(objects, LANES, (object) => obtain(object, means));
  const parents = metadata({ mode: 0o755, mtime: 1_000_000_000n, origin: 'nix' });
  const tree = new Tree(parents);
  for (const [index, { info }] of objects.entries()) {
    tree.set(`${STORE}/${info.path.base}`, entries[index]!, parents);
  }
  return { tree, paths: objects.map(describe) };
}

/**
 * What the archive of an object holds. Its contents lie in the store, which keeps the archive decompressed, but none
 * that is not what is signed, or no NAR.
 */
async function obtain(object: NixObject, means: ClosureMeans): Promise<Entry> {
  const { cache, store } = means;
  const { info } = object;
  const { narHash: sha256, narSize: size, path } = info;
  const what = archiveName(cache, info);
  try {
    const expect = { sha256, size, what: path.base, kind: KIND };
    const blob = (await store.get(sha256, size)) ?? (await store.put(narOf(cache, info, what), expect));
    const entry = await readNarInPlace(store.content(blob), { origin: `nix ${path.name}`, what });
    keepObject(object, means);
    return entry;
  } catch (error) {
    if (isForgery(error)) {
      cache.forget(info);
      store.drop(sha256);
    }
    throw error;
  }
}

function isForgery(error: unknown): boolean {
  return error instanceof RootlessBakeError && /^RB_(ARCHIVE_|DIGEST_)/.test(error.code);
}

function describe({ info, signedBy }: NixObject): NixPath {
  const { path, narHash, narSize, references } = info;
  return {
    path: `${STORE}/${path.base}`,
    narHash,
    narSize,
    references: references.map(({ base }) => `${STORE}/${base}`),
    signedBy,
  };
}

function parsePath(text: string): StorePath {
  const path = storePath(text);
  if (path) return path;
  throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no store path`, {
    hint: `Write it in full: ${STORE}/HASH-NAME.`,
  });
}

function parseKeys(texts: readonly string[]): NixKeys {
  return new Map(
    texts.map((text) => {
      const key = parsePublicKey(text);
      if (key) return key;
      throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no public key of Nix`, {
        hint: 'It is written NAME:BASE64, as in trusted-public-keys of nix.conf.',
      });
    }),
  );
}
