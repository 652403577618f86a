import { Ext2fsError } from './errors.ts';
import type { ReaderInstance } from './reader-instance.ts';
import { shown } from './reader-path.ts';
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

/**
 * Every name from a directory (or another inode) on: parents before children, siblings in the order of their
 * bytes. In a damaged file system a directory can have several names, even below itself; the walk takes the
 * second for an error.
 */
export function* walk(
  fs: ReaderInstance,
  from: number,
  path: Uint8Array,
  options: WalkOptions,
): Generator<WalkItem> {
  const seen = new Set<number>();
  const pending: WalkItem[] = [{ path: absolute(path), inode: from, stat: fs.stat(from) }];
  const report = (error: unknown, at: Uint8Array): void => {
    if (!(error instanceof Ext2fsError) || !options.onError) throw error;
    options.onError(error, at);
  };
  while (pending.length > 0) {
    const item = pending.pop()!;
    if (item.stat.type === 'directory') {
      if (seen.has(item.inode)) {
        report(twice(item), item.path);
        continue;
      }
      seen.add(item.inode);
    }
    yield item;
    if (item.stat.type !== 'directory') continue;
    try {
      for (const child of children(fs, item, report)) pending.push(child);
    } catch (error) {
      report(error, item.path);
    }
  }
}

/** The entries of a directory, the last first. */
function children(
  fs: ReaderInstance,
  parent: WalkItem,
  report: (error: unknown, at: Uint8Array) => void,
): WalkItem[] {
  const entries = fs.listWithStats(parent.inode);
  entries.sort((a, b) => compareBytes(b.name, a.name));
  const items: WalkItem[] = [];
  for (const { name, inode, stat } of entries) {
    const path = join(parent.path, name);
    if (typeof stat === 'number') report(fs.error(stat, `${shown(path)} (inode ${inode})`), path);
    else items.push({ path, inode, stat });
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

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    if (a[index] !== b[index]) return a[index]! - b[index]!;
  }
  return a.length - b.length;
}
