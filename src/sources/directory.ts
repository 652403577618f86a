import { RootlessBakeError } from '../errors.ts';
import { type Pause, pacer } from '../host.ts';
import {
  type DirectoryEntry,
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  type Metadata,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../tree/entry.ts';
import { decodeName, encodeName, isEscaped, sortNames } from '../tree/name.ts';
import { Tree } from '../tree/tree.ts';
import type { BigStats, ReadableVolume } from '../tree/volume.ts';
import { fileContent, inputErrors, S_IFDIR, S_IFMT } from './file.ts';

export interface ReadDirectoryOptions {
  /** `uid:gid` for every entry, or `keep` for those on the disk. */
  readonly owner: `${number}:${number}` | 'keep';
  readonly origin: string;
  /** Nanoseconds for every entry, or `keep` (the default) for those on the disk. */
  readonly mtime?: 'keep' | bigint;
  /** Called after each entry. Default: the event loop gets a turn now and then. */
  readonly pause?: Pause;
}

/** Types of linux/stat.h that are neither files nor directories. */
const S_IFLNK = 0o120000;
const S_IFCHR = 0o020000;
const S_IFBLK = 0o060000;
const S_IFIFO = 0o010000;
const S_IFSOCK = 0o140000;

const SLASH = Buffer.from('/');

/** A path of the volume: a string where its bytes are UTF-8, which is faster. */
type Path = string | Buffer;

/**
 * Reads a folder of a volume into a tree: all types of entries, hard links, names of any bytes. Contents
 * are opened by path when they are read. Node.js has no call for xattrs, so there are none.
 *
 * @throws RB_INPUT_NOT_FOUND when there is no folder at the path
 * @throws RB_INPUT_UNREADABLE when a part of it cannot be looked at
 */
export async function readDirectory(
  volume: ReadableVolume,
  path: string,
  options: ReadDirectoryOptions,
): Promise<Tree> {
  const stat = inputErrors(path, () => volume.statSync(path, { bigint: true }));
  if ((Number(stat.mode) & S_IFMT) !== S_IFDIR) {
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} is not a folder`, {
      hint: 'name a folder; in a recipe a file has the key file, and an archive tar',
    });
  }
  const scan = new Scan(volume, options);
  const tree = new Tree(scan.metadata(stat));
  const pending: [DirectoryEntry, Path][] = [[tree.root, path]];
  const { pause = pausing() } = options;
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const _ of scan.fill(...next, pending)) await pause();
  }
  return tree;
}

/** Entries after which the event loop gets a turn. */
const BREATH = 1000;

function pausing(): Pause {
  const pace = pacer(BREATH);
  return () => pace(1);
}

class Scan {
  readonly #volume: ReadableVolume;
  readonly #origin: string;
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined;
  readonly #mtime: bigint | undefined;
  /** Inodes with several names, by device and number. */
  readonly #links = new Map<string, Entry>();

  constructor(volume: ReadableVolume, { owner, origin, mtime = 'keep' }: ReadDirectoryOptions) {
    this.#volume = volume;
    this.#origin = origin;
    const [uid, gid] = owner.split(':').map(Number);
    this.#owner = owner === 'keep' ? undefined : { uid: uid!, gid: gid! };
    this.#mtime = mtime === 'keep' ? undefined : mtime;
  }

  metadata(stat: BigStats): Metadata {
    return metadata({
      uid: this.#owner?.uid ?? Number(stat.uid),
      gid: this.#owner?.gid ?? Number(stat.gid),
      mode: Number(stat.mode) & 0o7777,
      mtime: this.#mtime ?? stat.mtimeNs,
      origin: this.#origin,
    });
  }

  /** Reads one directory's children, and adds the directories among them to what is to be read. Yields after each. */
  *fill(directory: DirectoryEntry, path: Path, pending: [DirectoryEntry, Path][]): Generator<void> {
    for (const name of this.#names(path)) {
      const childPath = joinPath(path, name);
      const entry = this.#entry(childPath);
      directory.children.set(name, entry);
      if (entry.type === 'directory') pending.push([entry, childPath]);
      yield;
    }
  }

  #names(path: Path): string[] {
    const names = inputErrors(path, () => this.#volume.readdirSync(path, { encoding: 'utf8' }));
    // What stands for bytes that are not UTF-8 may also be in a name by itself: the bytes tell.
    const isDoubtful = names.some((name) => `${name}`.includes('\ufffd'));
    if (!isDoubtful) return sortNames(names.map(String));
    const bytes = inputErrors(path, () => this.#volume.readdirSync(path, { encoding: 'buffer' }));
    return sortNames(bytes.map((name) => decodeName(bytesOf(name))));
  }

  #entry(path: Path): Entry {
    const stat = inputErrors(path, () => this.#volume.lstatSync(path, { bigint: true }));
    const linked = stat.nlink > 1n && (Number(stat.mode) & S_IFMT) !== S_IFDIR;
    if (!linked) return this.#make(path, stat);
    const key = `${stat.dev}:${stat.ino}`;
    const entry = this.#links.get(key) ?? this.#make(path, stat);
    this.#links.set(key, entry);
    return entry;
  }

  #make(path: Path, stat: BigStats): Entry {
    const meta = this.metadata(stat);
    switch (Number(stat.mode) & S_IFMT) {
      case S_IFDIR:
        return directoryEntry(meta);
      case S_IFLNK:
        return symlinkEntry(decodeName(bytesOf(this.#readlink(path))), meta);
      case S_IFCHR:
        return deviceEntry('char', major(stat.rdev), minor(stat.rdev), meta);
      case S_IFBLK:
        return deviceEntry('block', major(stat.rdev), minor(stat.rdev), meta);
      case S_IFIFO:
        return pipeEntry('fifo', meta);
      case S_IFSOCK:
        return pipeEntry('socket', meta);
      default:
        return fileEntry(fileContent(this.#volume, path, stat), meta);
    }
  }

  #readlink(path: Path): string | Uint8Array {
    return inputErrors(path, () => this.#volume.readlinkSync(path, { encoding: 'buffer' }));
  }
}

function joinPath(parent: Path, name: string): Path {
  if (typeof parent === 'string' && !isEscaped(name)) return `${parent}/${name}`;
  return Buffer.concat([Buffer.from(parent as string), SLASH, encodeName(name)]);
}

function bytesOf(name: unknown): Buffer {
  return name instanceof Uint8Array
    ? Buffer.from(name.buffer, name.byteOffset, name.length)
    : Buffer.from(`${name}`);
}

/** `major()` and `minor()` of sys/sysmacros.h. */
function major(device: bigint): number {
  return Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n));
}

function minor(device: bigint): number {
  return Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n));
}
