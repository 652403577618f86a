import { RootlessBakeError } from '../../errors.ts';
import {
  type NarInfo,
  type NixKeys,
  parseNarInfo,
  STORE,
  type StorePath,
  verifyNarInfo,
} from '../../formats/nix/index.ts';
import type { Store } from '../../store/store.ts';
import { inLanes } from '../lanes.ts';
import type { BinaryCache } from './binary-cache.ts';

/** narinfo files that are asked for at once. */
const LANES = 16;

/** A store path whose narinfo is verified. */
export interface NixObject {
  readonly info: NarInfo;
  /** Of the narinfo. */
  readonly text: string;
  /** Name of the key. */
  readonly signedBy: string;
}

/** What is asked, and what it must be signed by. */
export interface ClosureMeans {
  readonly cache: BinaryCache;
  readonly keys: NixKeys;
  readonly store: Store;
}

/**
 * The closure of store paths: they and all that their narinfo files refer to, each verified; sorted.
 *
 * @throws RB_INPUT_NOT_FOUND when the cache lacks one
 * @throws RB_SIGNATURE_INVALID, RB_ARCHIVE_DAMAGED, and what the cache throws
 */
export async function findClosure(roots: readonly StorePath[], means: ClosureMeans): Promise<NixObject[]> {
  const found = new Map<string, NixObject>();
  const seen = new Set(roots.map(({ base }) => base));
  for (let pending = [...roots]; pending.length > 0; ) {
    const objects = await inLanes(pending, LANES, (path) => findObject(path, means));
    pending = [];
    for (const object of objects) {
      found.set(object.info.path.base, object);
      for (const reference of object.info.references) {
        if (seen.has(reference.base)) continue;
        seen.add(reference.base);
        pending.push(reference);
      }
    }
  }
  return [...found.keys()].sort().map((base) => found.get(base)!);
}

/** Remembers the narinfo of an object whose archive is in the store: no later run needs to ask for it. */
export function keepObject({ info, text }: NixObject, { cache, store }: ClosureMeans): void {
  store.setRecord(KIND, keyOf(info.path, cache), text);
}

const KIND = 'narinfo';

function keyOf({ base }: StorePath, cache: BinaryCache): object {
  return { cache: cache.shown, path: base };
}

/**
 * A store path's narinfo, verified.
 *
 * @throws as {@link findClosure}
 */
export async function findObject(path: StorePath, means: ClosureMeans): Promise<NixObject> {
  const { cache } = means;
  const kept = await keptObject(path, means);
  if (kept) return kept;
  const text = await cache.narInfo(path);
  if (text !== undefined) return verified(text, path, means);
  throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${cache.shown} has no ${STORE}/${path.base}`, {
    hint: 'check the store path, or name the binary cache that has it',
  });
}

/** What an earlier run verified, as long as its archive is there and one of the keys has signed it. */
async function keptObject(path: StorePath, means: ClosureMeans): Promise<NixObject | undefined> {
  const { store } = means;
  const text = store.record<unknown>(KIND, keyOf(path, means.cache));
  if (typeof text !== 'string') return undefined;
  try {
    const object = verified(text, path, means);
    return (await store.get(object.info.narHash, object.info.narSize)) && object;
  } catch (error) {
    if (error instanceof RootlessBakeError && error.code !== 'RB_STORE_UNUSABLE') return undefined;
    throw error;
  }
}

function verified(text: string, path: StorePath, { cache, keys }: ClosureMeans): NixObject {
  const what = `the narinfo of ${path.base} in ${cache.shown}`;
  const info = parseNarInfo(text, what);
  if (info.path.base !== path.base) {
    throw new RootlessBakeError('RB_SIGNATURE_INVALID', `${what} is that of ${info.path.base}`, {
      hint: 'check the store path; the binary cache is wrong, or was changed',
    });
  }
  return { info, text, signedBy: verifyNarInfo(info, keys, what) };
}
