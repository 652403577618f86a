import { Ext2fsError } from './errors.ts';
import type { ReaderInstance } from './reader-instance.ts';
import { shown } from './reader-path.ts';
import { entryPlaces } from './reader-records.ts';
import type { WalkItem } from './reader-types.ts';

const slash = 0x2f;

/** What {@link walk} does on what it cannot read. */
export interface WalkOptions {
  /**
   * Called for each entry that cannot be read (its inode, or the names of a directory), which is then left out;
   * without it the walk throws the error.
   */
  onError?: (error: Ext2fsError, path: Uint8Array) => void;
}

/** Names that are handled between two places where a walk may pause. */
const part = 1000;

/** A name that the walk has not come to yet. */
interface Pending {
  path: Uint8Array;
  inode: number;
}

/**
 * Every name from a directory (or another inode) on: parents before children, siblings in the order of their
 * bytes. In a damaged file system a directory can have several names, even below itself; the walk takes the
 * second for an error. Nothing is yielded now and then while the names of a large directory are sorted, so that
 * the caller may pause.
 */
export function* walkInParts(
  fs: ReaderInstance,
  from: number,
  path: Uint8Array,
  options: WalkOptions,
): Generator<WalkItem | undefined> {
  const seen = new Set<number>();
  const report = (error: unknown, at: Uint8Array): void => {
    if (!(error instanceof Ext2fsError) || !options.onError) throw error;
    options.onError(error, at);
  };
  const pending: Pending[] = [];
  let item: WalkItem | undefined = { path: absolute(path), inode: from, stat: fs.stat(from) };
  while (item) {
    if (item.stat.type === 'directory' && seen.has(item.inode)) report(twice(item), item.path);
    else {
      yield item;
      if (item.stat.type === 'directory') {
        seen.add(item.inode);
        try {
          for (const child of yield* children(fs, item)) pending.push(child);
        } catch (error) {
          report(error, item.path);
        }
      }
    }
    item = nextItem(fs, pending, report);
  }
}

/** The whole of {@link walkInParts}, without a pause. */
export function* walk(
  fs: ReaderInstance,
  from: number,
  path: Uint8Array,
  options: WalkOptions,
): Generator<WalkItem> {
  for (const item of walkInParts(fs, from, path, options)) if (item) yield item;
}

/** The last of what is pending whose inode can be read. */
function nextItem(
  fs: ReaderInstance,
  pending: Pending[],
  report: (error: unknown, at: Uint8Array) => void,
): WalkItem | undefined {
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path, inode } = next;
    try {
      return { path, inode, stat: fs.stat(inode, () => `${shown(path)} (inode ${inode})`) };
    } catch (error) {
      report(error, path);
    }
  }
  return undefined;
}

/** The entries of a directory, the last first. */
function* children(fs: ReaderInstance, parent: WalkItem): Generator<undefined, Pending[]> {
  const { bytes, count } = fs.rawList(parent.inode);
  const items: Pending[] = [];
  for (const { inode, start, end } of entryPlaces(bytes, count)) {
    items.push({ path: join(parent.path, bytes.subarray(start, end)), inode });
    if (items.length % part === 0) yield;
  }
  return yield* sorted(items, (a, b) => compareBytes(b.path, a.path, parent.path.length));
}

/** Sorts runs, then merges them. */
function* sorted<T>(items: T[], compare: (a: T, b: T) => number): Generator<undefined, T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += part) {
    runs.push(items.slice(at, at + part).sort(compare));
    if (items.length > part) yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* merge(runs[at]!, runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(first: T[], second: T[], compare: (a: T, b: T) => number): Generator<undefined, T[]> {
  const items: T[] = [];
  for (let [i, j] = [0, 0]; i < first.length || j < second.length; ) {
    const isFirst = j === second.length || (i < first.length && compare(first[i]!, second[j]!) <= 0);
    items.push(isFirst ? first[i++]! : second[j++]!);
    if (items.length % part === 0) yield;
  }
  return items;
}

function twice({ path, inode }: WalkItem): Ext2fsError {
  return new Ext2fsError(
    'EXT2_ET_DIR_CORRUPTED',
    `${shown(path)}: directory ${inode} has another name already`,
  );
}

/** With a slash in front and none behind. */
function absolute(path: Uint8Array): Uint8Array {
  let [start, end] = [0, path.length];
  while (path[start] === slash) start++;
  while (end > start && path[end - 1] === slash) end--;
  return join(Uint8Array.of(slash), path.subarray(start, end));
}

function join(parent: Uint8Array, name: Uint8Array): Uint8Array {
  const separator = parent.at(-1) === slash ? 0 : 1;
  const path = new Uint8Array(parent.length + separator + name.length);
  path.set(parent);
  path[parent.length + separator - 1] = slash;
  path.set(name, parent.length + separator);
  return path;
}

function compareBytes(a: Uint8Array, b: Uint8Array, from: number): number {
  const length = Math.min(a.length, b.length);
  for (let index = from; index < length; index++) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
