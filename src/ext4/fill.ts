import { type Attributes, Ext2fsError, type Extent, type Writer } from 'ext2fs-wasm';
import { RootlessBakeError } from '../errors.ts';
import type { DirectoryEntry, Entry, FileEntry } from '../tree/entry.ts';
import { encodeName } from '../tree/name.ts';
import { joinPath } from '../tree/path.ts';
import { sortedNames, type Tree } from '../tree/tree.ts';
import { isNoSpace } from './no-space.ts';

/** Where a file has come to lie. */
export interface PlacedFile {
  readonly inode: number;
  readonly extents: readonly Extent[];
}

export interface FillOptions {
  /** Called once per entry, and awaited when it gives a promise: for progress and cancellation. */
  readonly onEntry?: (path: string) => Promise<void> | undefined;
  /** Called once per file that has content, as soon as its place is known; the places are not gathered then. */
  readonly onFile?: (entry: FileEntry, place: PlacedFile) => void;
  /**
   * Adds to what was filled before: directories that exist keep their metadata and gain the tree's entries.
   */
  readonly merge?: boolean;
  /**
   * A folder whose files get no holes, nor those of the folders in it: boot loaders read the disk by
   * themselves, and syslinux does not know what a hole is. `/boot` unless told.
   */
  readonly dense?: string;
}

/**
 * Lays a whole tree out in a file system, freshly formatted unless told to merge. Metadata is e2fsprogs's
 * work; contents are left to the caller, who gets their places.
 *
 * @returns the place of every file that has content, unless `onFile` is told them
 */
export async function fill(
  writer: Writer,
  tree: Tree,
  options: FillOptions = {},
): Promise<Map<FileEntry, PlacedFile>> {
  const filler = new Filler(writer, tree, options);
  if (!options.merge) writer.setAttributes(writer.root, attributes(tree.root));
  await filler.fillDirectory(tree.root, writer.root, '/');
  return filler.places;
}

class Filler {
  readonly places = new Map<FileEntry, PlacedFile>();
  readonly #writer: Writer;
  readonly #options: FillOptions;
  /** Inode numbers of entries seen before: the other names of a hard link. */
  readonly #inodes = new Map<Entry, number>();
  readonly #dense: ReadonlySet<Entry>;

  constructor(writer: Writer, tree: Tree, options: FillOptions) {
    this.#writer = writer;
    this.#options = options;
    const dense = tree.resolve(options.dense ?? '/boot');
    this.#dense = new Set(dense ? Array.from(tree.walk(dense.path), ({ entry }) => entry) : []);
  }

  async fillDirectory(directory: DirectoryEntry, inode: number, path: string): Promise<void> {
    for (const name of sortedNames(directory)) {
      const entry = directory.children.get(name)!;
      const here = joinPath(path, name);
      const pause = this.#options.onEntry?.(here);
      if (pause) await pause;
      if (entry.type === 'directory') {
        const child = placed(here, () => this.#directory(entry, inode, name));
        await this.fillDirectory(entry, child, here);
      } else {
        this.#leaf(entry, inode, encodeName(name), here);
      }
    }
  }

  #directory(entry: DirectoryEntry, parent: number, name: string): number {
    const bytes = encodeName(name);
    const { merge = false } = this.#options;
    // mke2fs has made lost+found; a tree that brings its own gives it its metadata.
    const isLostAndFound = parent === this.#writer.root && name === 'lost+found';
    const existing = merge || isLostAndFound ? this.#writer.lookup(parent, bytes) : undefined;
    if (existing === undefined) return this.#writer.mkdir(parent, bytes, attributes(entry));
    if (!merge) this.#writer.setAttributes(existing, attributes(entry));
    return existing;
  }

  #leaf(entry: Exclude<Entry, DirectoryEntry>, parent: number, name: Uint8Array, path: string): void {
    const known = this.#inodes.get(entry);
    if (known !== undefined) placed(path, () => this.#writer.link(parent, name, known));
    else
      this.#inodes.set(
        entry,
        placed(path, () => this.#create(entry, parent, name)),
      );
  }

  #create(entry: Exclude<Entry, DirectoryEntry>, parent: number, name: Uint8Array): number {
    switch (entry.type) {
      case 'file':
        return this.#file(entry, parent, name);
      case 'symlink':
        return this.#writer.symlink(parent, name, attributes(entry), encodeName(entry.target));
      case 'char':
      case 'block':
        return this.#writer.mknod(parent, name, attributes(entry), entry.type, entry.major, entry.minor);
      default:
        return this.#writer.mknod(parent, name, attributes(entry), entry.type);
    }
  }

  #file(entry: FileEntry, parent: number, name: Uint8Array): number {
    const { size } = entry.content;
    // Known under a name outside of the dense folder too, an entry is still one file.
    const data = this.#dense.has(entry) ? undefined : entry.content.data;
    const file = this.#writer.createFile(parent, name, attributes(entry), size, data && { data });
    if (size > 0) {
      if (this.#options.onFile) this.#options.onFile(entry, file);
      else this.places.set(entry, file);
    }
    return file.inode;
  }
}

function attributes(entry: Entry): Attributes {
  const { uid, gid, mode, mtime } = entry;
  return entry.xattrs.size === 0
    ? { uid, gid, mode, mtime }
    : { uid, gid, mode, mtime, xattrs: entry.xattrs };
}

/** Runs one operation on the file system and says at which path it failed, and why. */
function placed<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Ext2fsError) || isNoSpace(error)) throw error;
    throw new RootlessBakeError('RB_EXT4_REFUSED', `ext4 cannot hold ${path}: ${error.message}`, {
      hint: 'names take 255 bytes, link targets 4,095, and the xattrs of one entry a block of 4,096',
      cause: error,
    });
  }
}
