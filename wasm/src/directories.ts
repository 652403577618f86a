import { Ext2fsError } from './errors.ts';

/**
 * The names of the directories in use. The C side appends names without a look at those that are there; this
 * keeps them apart, and finds one in constant time.
 */
export class Directories {
  readonly #list: (inode: number) => Iterable<readonly [name: Uint8Array, inode: number]>;
  readonly #names = new Map<number, Map<string, number>>();

  /** @param list reads a directory that was there before */
  constructor(list: (inode: number) => Iterable<readonly [name: Uint8Array, inode: number]>) {
    this.#list = list;
  }

  /** A directory that was just made. */
  addEmpty(inode: number): void {
    this.#names.set(inode, new Map());
  }

  add(parent: number, name: Uint8Array, inode: number): void {
    this.#namesIn(parent).set(key(name), inode);
  }

  find(parent: number, name: Uint8Array): number | undefined {
    return this.#namesIn(parent).get(key(name));
  }

  /**
   * Refuses a name that a directory entry cannot have or that the directory has already.
   * @throws {Ext2fsError} `EINVAL`, `ENAMETOOLONG` or `EEXIST`
   */
  checkNew(parent: number, name: Uint8Array): void {
    const text = key(name);
    if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('\0')) {
      throw new Ext2fsError('EINVAL', `not a file name: ${JSON.stringify(text)}`);
    }
    if (name.length > 255)
      throw new Ext2fsError('ENAMETOOLONG', `a name of ${name.length} bytes; at most 255 fit`);
    if (this.#namesIn(parent).has(text)) {
      throw new Ext2fsError('EEXIST', `directory ${parent} has ${JSON.stringify(text)} already`);
    }
  }

  #namesIn(inode: number): Map<string, number> {
    let names = this.#names.get(inode);
    if (!names) {
      names = new Map();
      for (const [name, child] of this.#list(inode)) names.set(key(name), child);
      this.#names.set(inode, names);
    }
    return names;
  }
}

/** A byte string as a JavaScript string, a character for each byte. */
function key(name: Uint8Array): string {
  return name.length < 1024 ? String.fromCharCode(...name) : `${name.length} bytes`;
}
