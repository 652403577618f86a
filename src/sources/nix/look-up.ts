import { RootlessBakeError } from '../../errors.ts';
import { parsePackageName, STORE, type StorePath, storePath } from '../../formats/nix/index.ts';
import { inLanes } from '../lanes.ts';
import type { SourceMeans } from '../means.ts';
import type { PinnedFile, Resolved } from '../pins.ts';
import type { Archives } from './archives.ts';
import type { Archive } from './binary-cache.ts';
import { readChannel } from './channel.ts';
import { channelLocation } from './channel-name.ts';
import { choosePath, type SystemOf } from './choose.ts';
import { type ClosureMeans, findClosure, findObject, keepObject, type NixObject } from './closure.ts';
import { type NixSystem, systemOf } from './machine.ts';
import type { PinnedClosure, PinnedPath } from './pinned-closure.ts';

/** Archives on their way at once. */
export const LANES = 6;

/** Store paths or, with a channel, names. */
export interface Wanted {
  readonly words: readonly string[];
  readonly channel: string | undefined;
  readonly system: NixSystem;
}

export interface LookUpMeans {
  readonly closure: ClosureMeans;
  readonly archives: Archives;
  readonly net: SourceMeans['net'];
  /** An archive as a lock may name it. */
  readonly locationOf: (archive: Archive) => string;
}

/**
 * Looks up what is wanted in a channel and a binary cache: all narinfo files first, each verified, then the archives,
 * which come into the store.
 *
 * @throws what {@link choosePath}, {@link findClosure} and {@link Archives} throw; RB_ARGUMENT for names without
 *   channel
 */
export async function lookUpClosure(wanted: Wanted, means: LookUpMeans): Promise<Resolved<PinnedClosure>> {
  const { closure, archives, locationOf } = means;
  const roots = await findRoots(wanted, means);
  const objects = await findClosure(roots, closure);
  const files = await inLanes(objects, LANES, async (object): Promise<PinnedFile> => {
    await archives.entry(object.info);
    keepObject(object, closure);
    const { sha256, size } = await closure.cache.file(object.info);
    return { url: locationOf(object.info), sha256, size };
  });
  const value = { roots: roots.map(inFull), paths: objects.map(describe) };
  return { value, files, versions: versionsOf(roots) };
}

async function findRoots({ words, channel, system }: Wanted, means: LookUpMeans): Promise<StorePath[]> {
  const isNamed = words.some((word) => !storePath(word));
  const list = isNamed && channel !== undefined ? await readChannel(channel, means) : undefined;
  const roots: StorePath[] = [];
  for (const word of words) {
    const path = storePath(word);
    if (!path && !list) throw noPath(word);
    roots.push(
      path ?? (await choosePath(word, list!, channelLocation(channel!), system, systemLookUp(means))),
    );
  }
  return roots;
}

/** Looks into the archives of store paths; those that the cache lacks are for no system. */
function systemLookUp({ closure, archives }: LookUpMeans): SystemOf {
  return async (path) => {
    try {
      const { info } = await findObject(path, closure);
      return systemOf(await archives.entry(info));
    } catch (error) {
      if (error instanceof RootlessBakeError && error.code === 'RB_INPUT_NOT_FOUND') return undefined;
      throw error;
    }
  };
}

function describe({ info, signedBy }: NixObject): PinnedPath {
  const { path, narHash, narSize, references, url, compression } = info;
  return {
    path: inFull(path),
    narHash,
    narSize,
    references: references.map(inFull),
    signedBy,
    url,
    compression,
  };
}

/** Packages to versions, or hashes where they have none; names in full where a package comes in several outputs. */
function versionsOf(roots: readonly StorePath[]): Record<string, string> {
  const versions = new Map<string, string>();
  for (const { name: full, hash } of roots) {
    const { name, version } = parsePackageName(full);
    versions.set(versions.has(name) ? full : name, version || hash);
  }
  return Object.fromEntries(versions);
}

function inFull({ base }: StorePath): string {
  return `${STORE}/${base}`;
}

function noPath(word: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(word)} is no store path`, {
    hint: `write it in full, ${STORE}/HASH-NAME, or say which channel has a package of that name`,
  });
}
