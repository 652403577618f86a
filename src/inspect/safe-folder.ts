import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { encodeName } from '../tree/name.ts';

const SLASH = Buffer.from('/');

/** What makes something under a temporary name. */
export type Make = (temporary: Buffer) => void | Promise<void>;

/**
 * A folder of this machine that entries are put into, and never beside: no link is followed on the way to a place in
 * it, and none that stands at the place itself is. Something appears under its name when it is whole.
 */
export class SafeFolder {
  readonly #root: Buffer;
  readonly #force: boolean;
  /** Directories below the root that are known to be real ones, by their paths in it. */
  readonly #known = new Set<string>();

  /**
   * @param path is made when it is missing; a link to a folder is that folder
   * @param force whether what stands at a place is replaced
   * @throws RB_OUTPUT_UNWRITABLE
   */
  constructor(path: string, force: boolean) {
    this.#force = force;
    try {
      fs.mkdirSync(path, { recursive: true });
      this.#root = fs.realpathSync(path, { encoding: 'buffer' });
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  /** Where names in the folder are; nothing is looked at. */
  place(names: readonly string[]): Buffer {
    return Buffer.concat([this.#root, ...names.flatMap((name) => [SLASH, encodeName(name)])]);
  }

  /**
   * Makes sure that there is a directory, and one above it for every name but the last.
   *
   * @returns whether it was made
   * @throws RB_OUTPUT_UNWRITABLE when something else stands there or on the way
   */
  directory(names: readonly string[]): boolean {
    let isMade = false;
    for (let depth = 1; depth <= names.length; depth += 1) {
      isMade = this.#oneDirectory(names.slice(0, depth));
    }
    return isMade;
  }

  /**
   * Puts something at a place whose parent is a {@link directory}.
   *
   * @throws RB_OUTPUT_EXISTS unless forced; RB_OUTPUT_UNWRITABLE
   */
  async put(names: readonly string[], make: Make): Promise<void> {
    this.directory(names.slice(0, -1));
    const place = this.place(names);
    const existing = fs.lstatSync(place, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw inTheWay(place, 'a directory');
    if (existing && !this.#force) {
      throw new RootlessBakeError('RB_OUTPUT_EXISTS', `${place} exists`, {
        hint: 'use --force to overwrite it, or extract into an empty folder',
      });
    }
    const name = Buffer.from(`.rootless-bake-${randomBytes(8).toString('hex')}`);
    const temporary = Buffer.concat([this.place(names.slice(0, -1)), SLASH, name]);
    try {
      await make(temporary);
      fs.renameSync(temporary, place);
    } catch (error) {
      throw unwritable(place, error);
    } finally {
      // Also when the new name is one of the same inode, of which rename(2) then does nothing.
      fs.rmSync(temporary, { force: true });
    }
  }

  #oneDirectory(names: readonly string[]): boolean {
    const key = names.join('/');
    if (this.#known.has(key)) return false;
    const name = names.at(-1)!;
    const place = this.place(names);
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name)) throw inTheWay(place, 'no name');
    const stat = fs.lstatSync(place, { throwIfNoEntry: false });
    if (stat && !stat.isDirectory()) throw inTheWay(place, stat.isSymbolicLink() ? 'a link' : 'no directory');
    if (!stat) {
      try {
        fs.mkdirSync(place, { mode: 0o700 });
      } catch (error) {
        throw unwritable(place, error);
      }
    }
    this.#known.add(key);
    return !stat;
  }
}

function inTheWay(place: Buffer, what: string): RootlessBakeError {
  return new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot extract to ${place}: it is ${what}`, {
    hint: 'links are not followed there: extract into an empty folder',
  });
}

function unwritable(place: Buffer | string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  return new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${place}: ${error.code}`, {
    hint: 'check the permissions and the free space of the folder',
    cause: error,
  });
}
