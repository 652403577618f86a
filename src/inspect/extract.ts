import * as fs from 'node:fs';
import { contentSteps } from '../disk/write-content.ts';
import { breather, type Host, type Pause } from '../host.ts';
import type { DirectoryEntry, Entry } from '../tree/entry.ts';
import { encodeName } from '../tree/name.ts';
import { splitPath } from '../tree/path.ts';
import type { Tree } from '../tree/tree.ts';
import { lookUp } from './lookup.ts';
import { SafeFolder } from './safe-folder.ts';

/** Where extracted paths go. */
export interface ExtractOptions {
  /** Folder that the paths go into, with their parents, as `tar -x` does; made when missing. */
  readonly output: string;
  /** Names the image in errors. */
  readonly image: string;
  /** Overwrites files and links; directories stay. */
  readonly force?: boolean;
}

/** What was extracted, and what could not be. */
export interface Extracted {
  /** Canonical paths in the image, of what was written. */
  readonly paths: readonly string[];
  /** Of the files, in bytes. */
  readonly bytes: number;
  /** Devices, pipes and sockets, which were left out. */
  readonly skipped: readonly string[];
}

/** Permissions and sticky: what setuid and setgid mean depends on the owner, who is another one here. */
const KEPT_MODE = 0o1777;

/**
 * Writes paths of an image and all below them into a folder, and never out of it: links of the image are made, but
 * none is followed on the host. Modes and times are kept, owners, setuid and setgid bits and xattrs are not; devices,
 * pipes and sockets are left out. Files appear under their names when they are whole; holes stay holes.
 *
 * @throws RB_INPUT_NOT_FOUND for what the image has not
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE, and what reading contents throws
 */
export async function extractPaths(
  tree: Tree,
  paths: readonly string[],
  { output, image, force = false }: ExtractOptions,
  host: Pick<Host, 'emit' | 'now' | 'signal'>,
): Promise<Extracted> {
  const starts = paths.map((path) => lookUp(tree, path, image, false).path);
  const breathe = breather(host);
  const extraction = new Extraction(new SafeFolder(output, force), breathe);
  try {
    for (const start of starts) {
      for (const parent of parents(start)) extraction.parent(parent, tree.get(parent)!);
      for (const { path, entry } of tree.walk(start)) {
        await breathe();
        await extraction.add(path, entry);
      }
    }
  } finally {
    extraction.finishDirectories();
  }
  const { written, skipped, bytes } = extraction;
  if (skipped.length > 0) {
    const more = skipped.length > 3 ? ` and ${skipped.length - 3} more` : '';
    const text = `left out, for they are no files: ${skipped.slice(0, 3).join(', ')}${more}`;
    host.emit({ type: 'message', level: 'warning', text });
  }
  return { paths: written, bytes, skipped };
}

class Extraction {
  readonly written: string[] = [];
  readonly skipped: string[] = [];
  bytes = 0;
  readonly #folder: SafeFolder;
  readonly #done = new Set<string>();
  /** Where a file with several names was written first. */
  readonly #links = new Map<Entry, Buffer>();
  /** Their modes and times are set when nothing more comes into them. */
  readonly #directories: [place: Buffer, entry: DirectoryEntry][] = [];

  readonly #breathe: Pause;

  constructor(folder: SafeFolder, breathe: Pause) {
    this.#folder = folder;
    this.#breathe = breathe;
  }

  async add(path: string, entry: Entry): Promise<void> {
    if (this.#done.has(path)) return;
    this.#done.add(path);
    const names = splitPath(path);
    switch (entry.type) {
      case 'directory':
        this.parent(path, entry);
        break;
      case 'file':
        await this.#folder.put(names, (temporary) => this.#file(temporary, entry));
        this.#links.set(entry, this.#folder.place(names));
        break;
      case 'symlink':
        await this.#folder.put(names, (temporary) => {
          fs.symlinkSync(Buffer.from(encodeName(entry.target)), temporary);
          const time = seconds(entry.mtime);
          fs.lutimesSync(temporary, time, time);
        });
        break;
      default:
        this.skipped.push(path);
        return;
    }
    this.written.push(path);
  }

  /** A directory that is there for what is below it. */
  parent(path: string, entry: Entry): void {
    const names = splitPath(path);
    if (entry.type === 'directory' && this.#folder.directory(names)) {
      this.#directories.push([this.#folder.place(names), entry]);
    }
  }

  /** The deepest first: what is set on a directory must not keep us from those in it. */
  finishDirectories(): void {
    for (const [place, entry] of this.#directories.splice(0).reverse()) setAttributes(place, entry);
  }

  async #file(temporary: Buffer, entry: Entry & { type: 'file' }): Promise<void> {
    const first = this.#links.get(entry);
    if (first) {
      fs.linkSync(first, temporary);
      return;
    }
    const fd = fs.openSync(temporary, 'wx', 0o600);
    try {
      for (const _ of contentSteps(fd, entry.content)) await this.#breathe();
      fs.fchmodSync(fd, entry.mode & KEPT_MODE);
      const time = seconds(entry.mtime);
      fs.futimesSync(fd, time, time);
    } finally {
      fs.closeSync(fd);
    }
    this.bytes += entry.content.size;
  }
}

/** `/a` and `/a/b` for `/a/b/c`. */
function parents(path: string): string[] {
  const names = splitPath(path);
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

function setAttributes(place: Buffer, { mode, mtime }: Entry): void {
  fs.chmodSync(place, mode & KEPT_MODE);
  const time = seconds(mtime);
  fs.utimesSync(place, time, time);
}

/** Whole seconds: Node.js has no call that takes nanoseconds, and a fraction would be rounded to another one. */
function seconds(nanoseconds: bigint): number {
  const whole = nanoseconds / 1_000_000_000n;
  return Number(nanoseconds < whole * 1_000_000_000n ? whole - 1n : whole);
}
