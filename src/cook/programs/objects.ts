import { RootlessBakeError } from '../../errors.ts';
import { type ElfDynamic, readElfDynamic } from '../../formats/elf/index.ts';
import type { Entry, FileEntry } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';

/** A program or library of a root. */
export interface ElfObject {
  /** Canonical, without links. */
  readonly path: string;
  readonly entry: FileEntry;
  readonly dynamic: ElfDynamic;
}

/**
 * The ELF files of a tree, each read once: the tree must not change meanwhile. What is damaged counts as not there, as it
 * does for loaders.
 */
export class ElfObjects {
  readonly tree: Tree;
  readonly #read = new Map<FileEntry, ElfDynamic | undefined>();
  /** By paths as loaders try them. */
  readonly #places = new Map<string, ElfObject | undefined>();

  constructor(tree: Tree) {
    this.tree = tree;
  }

  /** What a path leads to. */
  at(path: string): ElfObject | undefined {
    if (!this.#places.has(path)) {
      const place = this.tree.resolve(path);
      this.#places.set(path, place && this.of(place.path, place.entry));
    }
    return this.#places.get(path);
  }

  of(path: string, entry: Entry): ElfObject | undefined {
    if (entry.type !== 'file') return undefined;
    if (!this.#read.has(entry)) this.#read.set(entry, readDynamic(entry));
    const dynamic = this.#read.get(entry);
    return dynamic && { path, entry, dynamic };
  }
}

function readDynamic({ content }: FileEntry): ElfDynamic | undefined {
  try {
    return readElfDynamic(content);
  } catch (error) {
    if (error instanceof RootlessBakeError && error.code.startsWith('RB_ELF_')) return undefined;
    throw error;
  }
}
