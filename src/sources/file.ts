import * as nodeFs from 'node:fs';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import {
  boundedReader,
  type Content,
  type ContentPlace,
  type ContentReader,
  type DataRange,
} from '../tree/content.ts';
import type { BigStats, ReadableVolume } from '../tree/volume.ts';
import { findData } from './holes.ts';

/** `S_IFMT` and the types of linux/stat.h. */
export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;

/** The unit of `st_blocks`, in bytes. */
const BLOCK = 512;

/**
 * A file of a volume by its path; links to it are followed. It is opened when it is read.
 *
 * @throws RB_INPUT_NOT_FOUND when there is no file at the path
 * @throws RB_INPUT_UNREADABLE when it cannot be looked at
 */
export function readHostFile(volume: ReadableVolume, path: string): Content {
  const stat = inputErrors(path, () => volume.statSync(path, { bigint: true }));
  if ((Number(stat.mode) & S_IFMT) !== S_IFREG) {
    throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} is not a file`, {
      hint: 'name a file; where a recipe takes folders, the key is dir',
    });
  }
  return fileContent(volume, path, stat);
}

/**
 * The content of a file that is opened at each reading, and not before. A host file that takes less of its
 * disk than its size says is looked through for holes, when they are asked for; of other volumes (memfs) the
 * allocated size is not to be believed, and their files have none.
 */
export function fileContent(volume: ReadableVolume, path: string | Buffer, stat: BigStats): Content {
  const size = Number(stat.size);
  if (volume.openSync !== nodeFs.openSync) return new VolumeFile(volume, path, size);
  const allocated = Number(stat.blocks ?? stat.size) * BLOCK;
  return allocated >= size ? new HostFile(path, size) : new SparseHostFile(path, size, allocated);
}

/** A class and not an object of closures: trees have tens of thousands of these. */
class VolumeFile implements Content {
  readonly volume: ReadableVolume;
  readonly path: string | Buffer;
  readonly size: number;

  constructor(volume: ReadableVolume, path: string | Buffer, size: number) {
    this.volume = volume;
    this.path = path;
    this.size = size;
  }

  open(): ContentReader {
    const { volume, path, size } = this;
    const fd = inputErrors(path, () => volume.openSync(path, 'r'));
    return boundedReader(
      size,
      (target, position) => volume.readSync(fd, target, 0, target.length, position),
      () => volume.closeSync(fd),
    );
  }
}

class HostFile extends VolumeFile {
  constructor(path: string | Buffer, size: number) {
    super(nodeFs, path, size);
  }

  get place(): ContentPlace {
    return { file: this.path, position: 0 };
  }
}

class SparseHostFile extends HostFile {
  readonly #allocated: number;
  #data: readonly DataRange[] | undefined;

  constructor(path: string | Buffer, size: number, allocated: number) {
    super(path, size);
    this.#allocated = allocated;
  }

  get data(): readonly DataRange[] {
    const { path, size } = this;
    this.#data ??= inputErrors(path, () => findData(nodeFs, path, size, this.#allocated));
    return this.#data;
  }
}

/** Runs one file operation on an input of the user and words its failure. */
export function inputErrors<T>(path: string | Buffer, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw inputError(path, error);
  }
}

/** The error for an input that a system call refused; anything else is given back as it is. */
export function inputError(path: string | Buffer, error: unknown): unknown {
  if (!isSystemError(error) || error.code === undefined) return error;
  if (['ENOENT', 'ENOTDIR'].includes(error.code)) {
    return new RootlessBakeError('RB_INPUT_NOT_FOUND', `${path} does not exist`, {
      hint: 'check the path in the recipe',
      cause: error,
    });
  }
  return new RootlessBakeError('RB_INPUT_UNREADABLE', `${path} cannot be read: ${error.code}`, {
    hint: 'check its permissions',
    cause: error,
  });
}
