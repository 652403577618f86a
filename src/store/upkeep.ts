import { existsSync, lstatSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../errors.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { type About, readAbout } from './about.ts';
import { storing } from './files.ts';
import { aboutPath, blobPath, FOLDERS } from './layout.ts';
import type { Store } from './store.ts';
import { hashFile } from './verify.ts';

/** One blob of a store, for people. */
export interface StoredItem {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes that take up space on the disk. */
  readonly allocated: number;
  /** `download`, `tree`, `image` and others; `unknown` when its side record is lost. */
  readonly kind: string;
  /** In words for people. */
  readonly what: string;
  /** Where it came from, without secrets. */
  readonly url?: string;
  /** When it was last used, milliseconds since 1970. */
  readonly used: number;
}

export interface PruneOptions {
  /** Removes what was not used for so many milliseconds. */
  readonly olderThan?: number | undefined;
  /** Removes what was not used for the longest time, until the rest takes at most so many bytes of disk. */
  readonly keepBytes?: number | undefined;
  /** Only blobs and records of these kinds. */
  readonly kinds?: readonly string[] | undefined;
  /** Only tells what would be removed. */
  readonly dryRun?: boolean | undefined;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: number | undefined;
}

export interface Pruned {
  readonly removed: readonly StoredItem[];
  /** Bytes of disk that were freed, those of left-over temporary files included. */
  readonly freed: number;
  /** Bytes of disk that the blobs that stay take. */
  readonly kept: number;
}

export interface Verified {
  readonly checked: number;
  /** Bytes that were hashed. */
  readonly bytes: number;
  /** Blobs that were not what their name says. They are removed. */
  readonly damaged: readonly StoredItem[];
}

/** What was used within so many milliseconds may be in use by a run right now, and stays. */
export const IN_USE: number = 60 * 60_000;

/** Every blob of the store, the largest first. A store that is not there is empty. */
export function listStore(store: Store): StoredItem[] {
  return storing(store.directory, () =>
    blobNames(store.directory)
      .map((sha256) => itemOf(store.directory, sha256))
      .filter((item) => item !== undefined)
      .sort((a, b) => b.size - a.size || (a.sha256 < b.sha256 ? -1 : 1)),
  );
}

/**
 * Removes what nobody has used for long. Without options that is only what interrupted runs have left. What
 * was used within the last hour stays in any case.
 */
export function pruneStore(store: Store, options: PruneOptions = {}): Pruned {
  const { olderThan, keepBytes, kinds, dryRun = false, now = Date.now() } = options;
  const { directory } = store;
  const isChosen = (kind: string): boolean => kinds === undefined || kinds.includes(kind);
  const byUse = listStore(store).sort((a, b) => a.used - b.used);
  let kept = byUse.reduce((sum, { allocated }) => sum + allocated, 0);
  const removed: StoredItem[] = [];
  for (const item of byUse) {
    const age = now - item.used;
    const isOld = olderThan !== undefined && age >= olderThan;
    const isTooMuch = keepBytes !== undefined && kept > keepBytes;
    if (age < IN_USE || !isChosen(item.kind) || !(isOld || isTooMuch || isAll(options))) continue;
    if (!dryRun) store.drop(item.sha256);
    removed.push(item);
    kept -= item.allocated;
  }
  const freed = removed.reduce((sum, { allocated }) => sum + allocated, 0);
  return storing(directory, () => {
    if (olderThan !== undefined || isAll(options))
      removeRecords(directory, isChosen, olderThan ?? 0, now, dryRun);
    return { removed, freed: freed + removeLeftovers(directory, now, dryRun), kept };
  });
}

/** Reads every blob and removes those that are damaged. @throws the reason of the host's signal */
export async function verifyStore(
  store: Store,
  { signal }: Pick<Host, 'signal'>,
  onProgress: (bytes: number, total: number) => void = () => {},
): Promise<Verified> {
  const items = listStore(store);
  const total = items.reduce((sum, { size }) => sum + size, 0);
  const damaged: StoredItem[] = [];
  let bytes = 0;
  for (const item of items) {
    throwIfAborted(signal);
    const hashed = await hashFile(blobPath(store.directory, item.sha256));
    if (hashed && hashed.sha256 !== item.sha256) {
      store.drop(item.sha256);
      damaged.push(item);
    }
    bytes += item.size;
    onProgress(bytes, total);
  }
  return { checked: items.length, bytes, damaged };
}

/** With kinds alone, all of those kinds are meant. */
function isAll({ olderThan, keepBytes, kinds }: PruneOptions): boolean {
  return kinds !== undefined && olderThan === undefined && keepBytes === undefined;
}

function blobNames(directory: string): string[] {
  const blobs = join(directory, FOLDERS.blobs);
  return names(blobs)
    .flatMap((prefix) => names(join(blobs, prefix)))
    .filter((name) => /^[0-9a-f]{64}$/.test(name));
}

function itemOf(directory: string, sha256: string): StoredItem | undefined {
  const stat = lstatSync(blobPath(directory, sha256), { throwIfNoEntry: false });
  if (!stat) return undefined;
  const about: About | undefined = readAbout(directory, sha256);
  const side = lstatSync(aboutPath(directory, sha256), { throwIfNoEntry: false });
  return {
    sha256,
    size: stat.size,
    allocated: stat.blocks * 512,
    kind: about?.kind ?? 'unknown',
    what: about?.what ?? '',
    ...(about?.url !== undefined && { url: about.url }),
    used: Math.max(stat.mtimeMs, side?.mtimeMs ?? 0),
  };
}

function removeRecords(
  directory: string,
  isChosen: (kind: string) => boolean,
  olderThan: number,
  now: number,
  dryRun: boolean,
): void {
  const records = join(directory, FOLDERS.records);
  for (const kind of names(records).filter(isChosen)) {
    for (const prefix of names(join(records, kind))) {
      removeFiles(join(records, kind, prefix), Math.max(olderThan, IN_USE), now, dryRun);
    }
  }
}

/** What interrupted runs have left, and side records whose blobs are gone. */
function removeLeftovers(directory: string, now: number, dryRun: boolean): number {
  let freed = 0;
  for (const folder of [FOLDERS.tmp, FOLDERS.partial]) {
    freed += removeFiles(join(directory, folder), IN_USE, now, dryRun);
  }
  const about = join(directory, FOLDERS.about);
  for (const prefix of names(about)) {
    for (const name of names(join(about, prefix))) {
      const isAlone = !existsSync(blobPath(directory, name.replace(/\.json$/, '')));
      if (isAlone && !dryRun) rmSync(join(about, prefix, name), { force: true });
    }
  }
  return freed;
}

/** Removes the files of a folder that are so old; gives the bytes of disk that this frees. */
function removeFiles(folder: string, olderThan: number, now: number, dryRun: boolean): number {
  let freed = 0;
  for (const name of names(folder)) {
    const stat = lstatSync(join(folder, name), { throwIfNoEntry: false });
    if (!stat?.isFile() || now - stat.mtimeMs < olderThan) continue;
    freed += stat.blocks * 512;
    if (!dryRun) rmSync(join(folder, name), { force: true });
  }
  return freed;
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}
