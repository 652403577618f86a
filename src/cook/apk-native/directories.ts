import type { InstalledAccess, InstalledPackage } from '../../formats/apk/index.ts';
import { bucketOf } from '../../sources/alpine/index.ts';
import { type DirectoryEntry, directoryEntry, metadata } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';

interface Folder {
  /** Packages have changed something in it. */
  isModified: boolean;
  /** It was made, or was as the packages say: its owner and mode follow the packages. */
  isOurs: boolean;
  /** It was looked at in this transaction. */
  isPrepared: boolean;
}

/** The folders of packages, as apk keeps them: who decides on their owner and mode, and which ones have changed. */
export class Directories {
  readonly #tree: Tree;
  /** By path without a slash in front, in the order in which apk comes to know them. */
  readonly #folders = new Map<string, Folder>();
  #entries = new Map<string, DirectoryEntry>();

  constructor(tree: Tree, installed: Iterable<InstalledPackage>) {
    this.#tree = tree;
    for (const { directories } of installed) for (const { path } of directories) this.#folder(path);
  }

  /** Scripts have been at work: entries may be others now. */
  forgetEntries(): void {
    this.#entries = new Map();
  }

  /**
   * Makes a folder of a package, unless it is there.
   *
   * @param access what the packages that were there before say together; undefined when none has it
   * @param mtime nanoseconds
   */
  prepare(
    path: string,
    mode: number,
    access: InstalledAccess | undefined,
    mtime: bigint,
    origin: string,
  ): void {
    const folder = this.#folder(path);
    if (path === '' || folder.isPrepared) return;
    folder.isPrepared = true;
    const existing = this.#tree.resolve(`/${path}`)?.entry;
    if (!existing) {
      this.#make(path, mode, mtime, origin);
      folder.isOurs = true;
    } else {
      folder.isOurs =
        existing.type === 'directory' &&
        existing.uid === access?.uid &&
        existing.gid === access.gid &&
        existing.mode === access.mode;
    }
  }

  /** The entry of a folder, links followed; undefined when there is none. */
  entry(path: string): DirectoryEntry | undefined {
    const known = this.#entries.get(path);
    if (known) return known;
    const found = this.#tree.resolve(`/${path}`)?.entry;
    if (found?.type !== 'directory') return undefined;
    this.#entries.set(path, found);
    return found;
  }

  modified(path: string): void {
    this.#folder(path).isModified = true;
  }

  /** Gives the folders that are ours the owners and modes on which all packages together decide. */
  updateAccess(installed: readonly InstalledPackage[]): void {
    const access = combinedAccess(installed);
    for (const [path, { isOurs }] of this.#folders) {
      const wanted = isOurs ? access.get(path) : undefined;
      const entry = wanted && this.entry(path);
      if (entry && wanted) Object.assign(entry, { uid: wanted.uid, gid: wanted.gid, mode: wanted.mode });
    }
  }

  /** All folders with a slash in front, in the order in which apk walks them; the latest known first in a bucket. */
  *walk(): Generator<{ readonly path: string; readonly isModified: boolean }> {
    const folders = [...this.#folders]
      .reverse()
      .map(([path, { isModified }]) => ({ path: `/${path}`, isModified, bucket: bucketOf(path) }))
      .sort((a, b) => a.bucket - b.bucket);
    yield* folders;
  }

  #folder(path: string): Folder {
    const known = this.#folders.get(path);
    if (known) return known;
    const folder: Folder = { isModified: false, isOurs: false, isPrepared: false };
    this.#folders.set(path, folder);
    if (path !== '') this.#folder(parentOf(path));
    return folder;
  }

  #make(path: string, mode: number, mtime: bigint, origin: string): void {
    const parent = parentOf(path);
    const above =
      this.entry(parent) ?? this.#tree.makeDirectory(`/${parent}`, metadata({ mode: 0o755, mtime, origin }));
    above.children.set(
      path.slice(parent === '' ? 0 : parent.length + 1),
      directoryEntry(metadata({ mode, mtime, origin })),
    );
  }
}

/** What packages say of their folders together: the lowest owner decides, and modes of equal owners are combined. */
export function combinedAccess(installed: Iterable<InstalledPackage>): Map<string, InstalledAccess> {
  const combined = new Map<string, InstalledAccess>();
  for (const { directories } of installed) {
    for (const { path, access } of directories) {
      const before = combined.get(path);
      const order = before ? access.uid - before.uid || access.gid - before.gid : -1;
      if (order < 0) combined.set(path, access);
      else if (order === 0 && before) combined.set(path, { ...before, mode: before.mode & access.mode });
    }
  }
  return combined;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}
