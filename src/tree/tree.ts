import { RootlessBakeError } from '../errors.ts';
import { type DirectoryEntry, directoryEntry, type Entry, type Metadata, metadata } from './entry.ts';
import { sortNames } from './name.ts';
import { joinPath, splitPath } from './path.ts';

/** One name of a tree on a walk. */
export interface TreeItem {
  /** Canonical and absolute; the root is `/`. */
  readonly path: string;
  /** The last name of the path; empty for the root. */
  readonly name: string;
  readonly entry: Entry;
}

/** Where a path leads, whether there is something or not. */
export type Place = Omit<TreeItem, 'entry'> & { readonly entry: Entry | undefined };

/** As many links as Linux follows in one path (`MAXSYMLINKS` in linux/namei.h). */
const MAXIMUM_LINKS = 40;

/**
 * A root file system in memory. Paths are looked up as they are written: no link is followed unless a
 * method says so, and none ever leads out of the tree.
 */
export class Tree {
  readonly root: DirectoryEntry;

  constructor(root: Metadata = metadata({ mode: 0o755, origin: 'root' })) {
    this.root = directoryEntry(root);
  }

  /** The entry at a path; links are not followed. */
  get(path: string): Entry | undefined {
    let entry: Entry = this.root;
    for (const name of splitPath(path)) {
      if (entry.type !== 'directory') return undefined;
      const child = entry.children.get(name);
      if (!child) return undefined;
      entry = child;
    }
    return entry;
  }

  /**
   * Follows every link, the last one too, as a process chrooted into the tree would. Gives the place where
   * it ends, or undefined when that does not exist or the links go round.
   */
  resolve(path: string): TreeItem | undefined {
    const place = this.follow(path);
    return place?.entry && { path: place.path, name: place.name, entry: place.entry };
  }

  /**
   * As {@link resolve}, but the last names may be missing: then there is a place, where `mkdir -p` would make
   * them, and no entry. Undefined when links go round, or something that is no directory is in the way.
   */
  follow(path: string): Place | undefined {
    const pending = path.split('/').reverse();
    const names: string[] = [];
    // Those of the names, behind the root.
    const entries: (Entry | undefined)[] = [this.root];
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue;
      const parent = entries.at(-1);
      if (parent && parent.type !== 'directory') return undefined;
      if (name === '..') {
        if (!parent) return undefined;
        if (names.pop() !== undefined) entries.pop();
        continue;
      }
      const child = parent?.children.get(name);
      if (child?.type !== 'symlink') {
        names.push(name);
        entries.push(child);
        continue;
      }
      links += 1;
      if (links > MAXIMUM_LINKS) return undefined;
      if (child.target.startsWith('/')) {
        names.length = 0;
        entries.length = 1;
      }
      pending.push(...child.target.split('/').reverse());
    }
    return { path: `/${names.join('/')}`, name: names.at(-1) ?? '', entry: entries.at(-1) };
  }

  /**
   * Puts an entry at a path. Missing parents are made with `parents`. A directory put on a directory takes
   * the new metadata and keeps its children; anything else replaces what was there.
   *
   * @throws RB_TREE_CONFLICT when a parent exists and is no directory.
   */
  set(path: string, entry: Entry, parents?: Metadata): void {
    const names = splitPath(path);
    const name = names.pop();
    if (name === undefined) {
      this.#mergeRoot(path, entry);
      return;
    }
    const parent = this.#makeParents(names, parents ?? metadata({ mode: 0o755, origin: entry.origin }));
    const existing = parent.children.get(name);
    if (existing?.type === 'directory' && entry.type === 'directory' && existing !== entry) {
      const { type: _type, children, ...meta } = entry;
      Object.assign(existing, meta);
      for (const [childName, child] of children) existing.children.set(childName, child);
      return;
    }
    parent.children.set(name, entry);
  }

  /** Makes a directory and its parents where they are missing; gives the one at the path. */
  makeDirectory(path: string, meta: Metadata): DirectoryEntry {
    return this.#makeParents(splitPath(path), meta);
  }

  /** Removes a path and all below it; tells whether it was there. */
  delete(path: string): boolean {
    const names = splitPath(path);
    const name = names.pop();
    const parent = this.#at(names);
    if (name === undefined || parent?.type !== 'directory') return false;
    return parent.children.delete(name);
  }

  /** Every name, parents before children, siblings in the order of their bytes. */
  *walk(from = '/'): Generator<TreeItem> {
    const start = this.get(from);
    if (!start) return;
    const names = splitPath(from);
    const stack: TreeItem[] = [{ path: `/${names.join('/')}`, name: names.at(-1) ?? '', entry: start }];
    while (stack.length > 0) {
      const item = stack.pop()!;
      yield item;
      if (item.entry.type !== 'directory') continue;
      for (const name of sortedNames(item.entry).reverse()) {
        stack.push({ path: joinPath(item.path, name), name, entry: item.entry.children.get(name)! });
      }
    }
  }

  #at(names: readonly string[]): Entry | undefined {
    let entry: Entry | undefined = this.root;
    for (const name of names) {
      if (entry?.type !== 'directory') return undefined;
      entry = entry.children.get(name);
    }
    return entry;
  }

  #makeParents(names: readonly string[], meta: Metadata): DirectoryEntry {
    let directory = this.root;
    for (const [index, name] of names.entries()) {
      let child = directory.children.get(name);
      if (!child) {
        child = directoryEntry(meta);
        directory.children.set(name, child);
      }
      if (child.type !== 'directory') {
        const at = `/${names.slice(0, index + 1).join('/')}`;
        throw new RootlessBakeError(
          'RB_TREE_CONFLICT',
          `${at} is a ${child.type} (from ${child.origin}), but ${meta.origin} needs a directory there`,
        );
      }
      directory = child;
    }
    return directory;
  }

  #mergeRoot(path: string, entry: Entry): void {
    if (entry.type !== 'directory') {
      throw new RootlessBakeError('RB_TREE_CONFLICT', `${path} must be a directory, not a ${entry.type}`);
    }
    const { type: _type, children, ...meta } = entry;
    Object.assign(this.root, meta);
    for (const [name, child] of children) this.root.children.set(name, child);
  }
}

/** The names in a directory, in the order of their bytes. */
export function sortedNames(directory: DirectoryEntry): string[] {
  return sortNames([...directory.children.keys()]);
}

/**
 * How many names lead to each inode that is not a directory: its link count.
 *
 * @example
 * import { linkCounts, type Tree } from 'rootless-bake';
 *
 * function hardLinked(tree: Tree): number {
 *   return [...linkCounts(tree).values()].filter((count) => count > 1).length;
 * }
 */
export function linkCounts(tree: Tree): Map<Entry, number> {
  const counts = new Map<Entry, number>();
  for (const { entry } of tree.walk()) countLink(counts, entry);
  return counts;
}

/** Counts one name of an entry, for whoever goes through a tree with pauses; as {@link linkCounts}. */
export function countLink(counts: Map<Entry, number>, entry: Entry): void {
  if (entry.type !== 'directory') counts.set(entry, (counts.get(entry) ?? 0) + 1);
}

/** What every name below a directory leads to, in no order that means anything. */
export function* entriesOf(directory: DirectoryEntry): Generator<Entry> {
  const pending = [directory];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const entry of next.children.values()) {
      yield entry;
      if (entry.type === 'directory') pending.push(entry);
    }
  }
}
