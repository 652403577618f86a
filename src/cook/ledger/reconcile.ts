import type { Content } from '../../tree/content.ts';
import {
  type DeviceEntry,
  deviceEntry,
  directoryEntry,
  type Entry,
  type FileEntry,
  fileEntry,
  type Metadata,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Mirror, MirrorNode } from '../scratch/scratch.ts';
import { ScratchContent } from '../scratch/scratch-content.ts';
import type { DiskNode, DiskState } from './disk-state.ts';

export interface ReconcileOptions {
  /** Origin of what is new or changed. */
  readonly origin: string;
  /** Nanoseconds: time of what is new or changed. */
  readonly mtime: bigint;
  /** The content of a file of the disk. */
  readonly content: (path: string, node: DiskNode) => Content;
  /** True when the file of the disk has the same bytes as a content; false when that cannot be told. */
  readonly holds: (path: string, node: DiskNode, content: Content) => boolean;
}

/** What a step did to the root, by path. */
export interface Changes {
  readonly created: ReadonlySet<string>;
  /** Other content or another target than before. */
  readonly changed: ReadonlySet<string>;
  /** Same content in another inode: something has written the file anew. */
  readonly rewritten: ReadonlySet<string>;
  readonly modes: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
  readonly disk: DiskState;
}

/** `security.capability` goes when a file is written (`file_remove_privs` in the kernel's fs/inode.c). */
const CAPABILITY = 'security.capability';

/**
 * Brings what a step did on disk into the tree, in place. What is untouched keeps everything; new paths are
 * 0:0 with the disk's mode; a file with other content keeps its owner and takes the new time; renamed inodes
 * keep their metadata; hard links follow the disk. Entries that were never on disk (devices) stay as long as
 * their directory does.
 */
export function reconcile(tree: Tree, mirror: Mirror, disk: DiskState, options: ReconcileOptions): Changes {
  return new Reconciliation(tree, mirror, disk, options).run();
}

class Reconciliation {
  readonly #tree: Tree;
  readonly #mirror: Mirror;
  readonly #disk: DiskState;
  readonly #options: ReconcileOptions;
  /** The entry of every inode met so far, and of those that are still where they were. */
  readonly #inodes = new Map<bigint, Entry>();
  /** Inodes that are no longer where they were: the source of renames. */
  readonly #moved = new Map<bigint, MirrorNode>();
  readonly #created = new Set<string>();
  readonly #changed = new Set<string>();
  readonly #rewritten = new Set<string>();
  readonly #modes = new Set<string>();
  readonly #removed = new Set<string>();

  constructor(tree: Tree, mirror: Mirror, disk: DiskState, options: ReconcileOptions) {
    this.#tree = tree;
    this.#mirror = mirror;
    this.#disk = disk;
    this.#options = options;
  }

  run(): Changes {
    this.#indexInodes();
    for (const [path, node] of this.#disk) this.#visit(path, node);
    for (const path of this.#mirror.keys()) {
      if (this.#disk.has(path)) continue;
      this.#removed.add(path);
      this.#tree.delete(path);
    }
    this.#repointContents();
    return {
      created: this.#created,
      changed: this.#changed,
      rewritten: this.#rewritten,
      modes: this.#modes,
      removed: this.#removed,
      disk: this.#disk,
    };
  }

  #indexInodes(): void {
    for (const [path, before] of this.#mirror) {
      const node = this.#disk.get(path);
      // Who gets another name, or loses one, is touched.
      if (node === before.disk) continue;
      if (node && isSameInode(node, before.disk)) this.#inodes.set(node.ino, before.entry);
      else this.#moved.set(before.disk.ino, before);
    }
  }

  #visit(path: string, node: DiskNode): void {
    const before = this.#mirror.get(path);
    if (before?.disk === node) {
      this.#restore(path, before.entry);
      return;
    }
    const linked = node.type === 'directory' ? undefined : this.#inodes.get(node.ino);
    if (!before || before.disk.type !== node.type) {
      this.#create(path, node, linked);
      return;
    }
    if (isSameInode(node, before.disk)) {
      this.#updateInPlace(path, node, before);
    } else if (node.type === 'directory') {
      this.#create(path, node, undefined);
    } else {
      this.#replace(path, node, before, linked);
    }
    if (node.mode !== before.disk.diskMode) this.#changeMode(path, node);
  }

  #create(path: string, node: DiskNode, linked: Entry | undefined): void {
    this.#created.add(path);
    const entry = linked ?? this.#renamed(node) ?? this.#newEntry(path, node);
    this.#tree.delete(path);
    this.#tree.set(path, entry);
    this.#inodes.set(node.ino, entry);
  }

  /** The entry of an inode that lay elsewhere before; a directory's children come by themselves. */
  #renamed(node: DiskNode): Entry | undefined {
    const source = this.#moved.get(node.ino);
    if (!source || source.disk.type !== node.type || source.disk.birthNs !== node.birthNs) return undefined;
    if (node.type === 'directory') {
      const directory = directoryEntry(metadata(source.entry));
      directory.mode = node.mode === source.disk.diskMode ? source.entry.mode : node.mode;
      return directory;
    }
    if (node.mtimeNs !== source.disk.mtimeNs || node.size !== source.disk.size) return undefined;
    if (node.mode !== source.disk.diskMode) source.entry.mode = node.mode;
    return source.entry;
  }

  #newEntry(path: string, node: DiskNode): Entry {
    const { origin, mtime } = this.#options;
    const meta = metadata({ mode: node.mode, mtime, origin });
    switch (node.type) {
      case 'file':
        return fileEntry(this.#options.content(path, node), meta);
      case 'directory':
        return directoryEntry(meta);
      case 'symlink':
        return symlinkEntry(node.target ?? '', meta);
      case 'char':
      case 'block':
        return newDevice(node.type, node.rdev ?? 0n, meta);
      default:
        return pipeEntry(node.type, meta);
    }
  }

  #updateInPlace(path: string, node: DiskNode, before: MirrorNode): void {
    const { disk, entry, content } = before;
    this.#restore(path, entry);
    if (entry.type !== 'file' || !content) return;
    if (node.mtimeNs === disk.mtimeNs && node.size === disk.size) {
      if (node.ctimeNs === disk.ctimeNs || content instanceof ScratchContent) return;
    }
    if (this.#options.holds(path, node, content)) return;
    this.#changed.add(path);
    this.#writeContent(entry, path, node);
  }

  /** Puts back what was there before, in a directory that may have been replaced around it. */
  #restore(path: string, entry: Entry): void {
    if (this.#created.size > 0 && this.#tree.get(path) !== entry) this.#tree.set(path, entry);
  }

  /** Another inode under the name: a program wrote a new file and renamed it over the old one, or a link. */
  #replace(path: string, node: DiskNode, before: MirrorNode, linked: Entry | undefined): void {
    const { entry, content } = before;
    if (linked) {
      this.#changed.add(path);
      this.#tree.set(path, linked);
      return;
    }
    const same =
      node.type === 'symlink'
        ? entry.type === 'symlink' && entry.target === node.target
        : entry.type === 'file' && content !== undefined && this.#options.holds(path, node, content);
    if (same) this.#rewritten.add(path);
    else this.#changed.add(path);
    const copy = same ? copyOf(entry) : this.#successor(path, node, entry);
    this.#tree.set(path, copy);
    this.#inodes.set(node.ino, copy);
  }

  #successor(path: string, node: DiskNode, old: Entry): Entry {
    if (old.type === 'file' && node.type === 'file') {
      const copy = fileEntry(old.content, metadata(old));
      this.#writeContent(copy, path, node);
      return copy;
    }
    const entry = this.#newEntry(path, node);
    entry.uid = old.uid;
    entry.gid = old.gid;
    return entry;
  }

  #writeContent(entry: FileEntry, path: string, node: DiskNode): void {
    entry.content = this.#options.content(path, node);
    entry.mtime = this.#options.mtime;
    entry.origin = this.#options.origin;
    if (entry.xattrs.has(CAPABILITY)) {
      entry.xattrs = new Map([...entry.xattrs].filter(([name]) => name !== CAPABILITY));
    }
  }

  #changeMode(path: string, node: DiskNode): void {
    const entry = this.#tree.get(path);
    if (!entry || entry.type === 'symlink') return;
    this.#modes.add(path);
    entry.mode = node.mode;
  }

  /** Contents that lie on disk must name a path that is still there, whatever was renamed or unlinked. */
  #repointContents(): void {
    const seen = new Set<Entry>();
    for (const [path, node] of this.#disk) {
      if (node.type !== 'file') continue;
      const entry = this.#tree.get(path);
      if (entry?.type !== 'file' || seen.has(entry)) continue;
      seen.add(entry);
      if (entry.content instanceof ScratchContent) entry.content = this.#options.content(path, node);
    }
  }
}

function isSameInode(a: DiskNode, b: DiskNode): boolean {
  return a.ino === b.ino && a.birthNs === b.birthNs && a.type === b.type;
}

function copyOf(entry: Entry): Entry {
  return { ...entry };
}

/** Splits a device number as glibc's gnu_dev_major(3) and gnu_dev_minor(3) do. */
function newDevice(type: DeviceEntry['type'], rdev: bigint, meta: Metadata): DeviceEntry {
  const major = Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n));
  const minor = Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n));
  return deviceEntry(type, major, minor, meta);
}
