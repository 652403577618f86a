import { dirname } from 'node:path/posix';
import type { Emit } from '../../events.ts';
import { bytesContent } from '../../tree/content.ts';
import { directoryEntry, type Entry, fileEntry, metadata, symlinkEntry } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import { joinPath } from '../../tree/path.ts';
import type { Tree } from '../../tree/tree.ts';
import { readText } from '../ledger/identities.ts';
import { detectInit, type Init } from './init.ts';

const ORIGIN = 'machine';

/** Metadata of a file where it is made; one that is there keeps its own. */
export interface FileDefaults {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** A root on its way to a machine: files by paths as programs in it would see them. */
export class MachineRoot {
  readonly tree: Tree;
  /** Seconds since 1970: the time of what is made. */
  readonly epoch: number;
  readonly init: Init | undefined;
  readonly #emit: Emit;

  constructor(tree: Tree, epoch: number, emit: Emit) {
    this.tree = tree;
    this.epoch = epoch;
    this.init = detectInit(tree);
    this.#emit = emit;
  }

  warn(text: string): void {
    this.#emit({ type: 'message', level: 'warning', text });
  }

  /** The entry that a path leads to, links followed. */
  find(path: string): Entry | undefined {
    return this.tree.resolve(path)?.entry;
  }

  has(path: string): boolean {
    return this.find(path) !== undefined;
  }

  /** A file that its owner may run. */
  isProgram(path: string): boolean {
    const entry = this.find(path);
    return entry?.type === 'file' && (entry.mode & 0o100) !== 0;
  }

  read(path: string): string | undefined {
    return readText(this.tree, path);
  }

  /** The names in a directory, sorted; none when there is no such directory. */
  list(path: string): string[] {
    const entry = this.find(path);
    return entry?.type === 'directory' ? [...entry.children.keys()].sort() : [];
  }

  /** Replaces a text, or makes it with its folders. Where a link leads to a file, the file is written. */
  write(path: string, text: string, defaults: FileDefaults = {}): void {
    const target = this.tree.resolve(path);
    const place = target?.entry.type === 'file' ? target.path : this.place(path);
    const existing = target?.entry.type === 'file' ? target.entry : undefined;
    // A new entry, for other names may lead to the old one.
    const meta = { ...defaults, ...existing, mtime: this.#mtime, origin: ORIGIN };
    this.put(place, fileEntry(bytesContent(encodeName(text)), metadata(meta)));
  }

  /** Puts a symbolic link in the place of what is there. */
  link(path: string, target: string): void {
    this.put(this.place(path), symlinkEntry(target, this.meta()));
  }

  /** Removes a name, not what it links to. */
  remove(path: string): boolean {
    return this.tree.delete(this.place(path));
  }

  makeDirectory(path: string, defaults: FileDefaults = {}): void {
    if (this.has(path)) return;
    this.put(this.place(path), directoryEntry(this.meta({ mode: 0o755, ...defaults })));
  }

  /** @param path as {@link place} gives it */
  put(path: string, entry: Entry, parents: FileDefaults = {}): void {
    this.tree.set(path, entry, this.meta({ ...parents, mode: 0o755 }));
  }

  /** Metadata of what is made here. */
  meta(defaults: FileDefaults = {}): ReturnType<typeof metadata> {
    return metadata({ ...defaults, mtime: this.#mtime, origin: ORIGIN });
  }

  /** A path with the links on its way followed, but for its last name. */
  place(path: string): string {
    const parent = this.tree.follow(dirname(path));
    return parent ? joinPath(parent.path, path.slice(path.lastIndexOf('/') + 1)) : path;
  }

  get #mtime(): bigint {
    return BigInt(this.epoch) * 1_000_000_000n;
  }
}
