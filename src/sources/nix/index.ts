/**
 * Closures of store paths from Nix binary caches, without Nix: every narinfo signed by a known key, every
 * archive of the digest that is signed.
 */
import { RootlessBakeError } from '../../errors.ts';
import { type NixKeys, parsePublicKey, STORE, storePath } from '../../formats/nix/index.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import { metadata } from '../../tree/entry.ts';
import { Tree } from '../../tree/tree.ts';
import { inLanes } from '../lanes.ts';
import type { SourceMeans } from '../means.ts';
import type { Pin, PinRequest, Pins, Resolved } from '../pins.ts';
import { Archives } from './archives.ts';
import { DEFAULT_CACHE, openCache } from './binary-cache.ts';
import { isChannelName } from './channel-name.ts';
import { LANES, lookUpClosure } from './look-up.ts';
import type { NixSystem } from './machine.ts';
import { type PinnedClosure, pinnedObjects } from './pinned-closure.ts';

export type { NixSystem } from './machine.ts';

/** The key that cache.nixos.org signs with, as the Nix manual publishes it. */
export const DEFAULT_KEYS: readonly string[] = [
  'cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=',
];

const DEFAULT_SYSTEM = 'x86_64-linux';

export interface NixSource {
  /**
   * `/nix/store/HASH-NAME` or `HASH-NAME`; with a channel also names of packages, `gawk`, with a version,
   * `gawk-5.2.1`, or an output, `gawk.man`.
   */
  readonly paths: readonly string[];
  /** One of NixOS's by name, `nixos-24.05`, or a list of store paths by its http(s) URL or path. */
  readonly channel?: string | undefined;
  /** Which of a channel's builds are meant. Default `x86_64-linux`. */
  readonly system?: NixSystem | undefined;
  /** URL (http, https, file) or folder. Default {@link DEFAULT_CACHE}. */
  readonly cache?: string | undefined;
  /** `NAME:BASE64`: one of them must have signed each path. Default {@link DEFAULT_KEYS}. */
  readonly keys?: readonly string[] | undefined;
}

/** One path of a closure, for people. */
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
  /** Everything below /nix/store. Contents lie in the store of the means. */
  readonly tree: Tree;
  /** The store paths that were asked for, in their order. */
  readonly roots: readonly string[];
  /** Sorted. */
  readonly paths: readonly NixPath[];
}

/**
 * Reads the closure of store paths: all narinfo files first, then the archives. Archives are kept in the store
 * decompressed, by the digest that is signed, and narinfo files beside them: a closure that is there needs no
 * network. Everything is 0:0, directories and executable files 0555, other files 0444, of 1 second after 1970, as
 * in any Nix store; /nix and /nix/store are 0755.
 *
 * A closure that a lock has is the one of the lock: no channel, narinfo and key is asked any more, for the archives
 * must be of the digests that were signed when it was locked. Other keys make another request.
 *
 * @throws RB_SIGNATURE_INVALID when none of the keys has signed a path
 * @throws RB_DIGEST_MISMATCH, RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED for archives that are not what is signed
 * @throws RB_INPUT_NOT_FOUND when the channel lacks a name, or the cache a path; RB_ARGUMENT for paths, keys and
 *   caches that are none, and for names that may be several paths
 * @throws RB_STORE_UNUSABLE, RB_LOCK_INVALID, and what the network throws
 */
export async function readNixClosure(source: NixSource, means: SourceMeans): Promise<NixClosure> {
  const { store, pins } = means;
  const { paths: words, channel, system = DEFAULT_SYSTEM } = source;
  const cache = openCache(source.cache ?? DEFAULT_CACHE, means);
  const keys = parseKeys(source.keys ?? DEFAULT_KEYS);
  const place = placing(pins);
  const archives = new Archives(cache, store);
  const request = nixRequest(source, means);
  const found = await pins.resolve(request, () =>
    lookUpClosure(
      { words, channel, system },
      {
        closure: { cache, keys, store },
        archives,
        net: means.net,
        locationOf: (at) => place(cache.location(at)),
      },
    ),
  );
  const objects = pinnedObjects(request, found);
  const entries = await inLanes(objects, LANES, ({ nar }) => archives.entry(nar));
  const parents = metadata({ mode: 0o755, mtime: 1_000_000_000n, origin: 'nix' });
  const tree = new Tree(parents);
  for (const [index, { path }] of objects.entries()) tree.set(path, entries[index]!, parents);
  return { tree, roots: found.value.roots, paths: objects };
}

/**
 * What a lock is asked for a closure. Store paths hold a digest of all that they were built from; names are looked up
 * anew without a lock.
 */
export function nixRequest(source: NixSource, means: SourceMeans): PinRequest {
  const { paths, channel, system = DEFAULT_SYSTEM, keys = DEFAULT_KEYS } = source;
  const cache = openCache(source.cache ?? DEFAULT_CACHE, means);
  const place = placing(means.pins);
  const whole = paths.map((word) => storePath(word));
  const isFixed = !whole.includes(undefined);
  const from = channel === undefined || isChannelName(channel) ? channel : place(channel);
  return {
    kind: 'nix',
    name: paths.map((word, index) => whole[index]?.name ?? word).join(' '),
    key: {
      paths: paths.map((word, index) => (whole[index] ? `${STORE}/${whole[index].base}` : word)),
      ...(!isFixed && { channel: from, system }),
      cache: place(cache.shown),
      keys: [...keys].sort(),
    },
    isFixed,
  };
}

/** The archives that the store would keep of a closure, decompressed, in the order of the pin's files. */
export function storedArchives(pin: Pin): { readonly sha256: string; readonly size: number }[] {
  const objects = pinnedObjects(pin, pin as Pin & Resolved<PinnedClosure>);
  return objects.map(({ narHash, narSize }) => ({ sha256: narHash, size: narSize }));
}

/** A location as keys have it. */
function placing(pins: Pins): (location: string) => string {
  return (location) => (isHttpUrl(location) ? redactUrl(location) : pins.place(location));
}

function parseKeys(texts: readonly string[]): NixKeys {
  return new Map(
    texts.map((text) => {
      const key = parsePublicKey(text);
      if (key) return key;
      throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no public key of Nix`, {
        hint: 'it is written NAME:BASE64, as in trusted-public-keys of nix.conf',
      });
    }),
  );
}
