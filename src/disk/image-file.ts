import { randomBytes } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import type { WritableVolume } from '../tree/volume.ts';
import { markWritten, type WrittenMap, writtenMap } from './written-map.ts';

/**
 * A raw disk image under construction: a sparse file under a temporary name beside its final one. It gets
 * its name by {@link ImageFile.commit}, or leaves nothing behind by {@link ImageFile.discard}.
 */
export class ImageFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  readonly fd: number;
  readonly volume: WritableVolume;
  readonly #temporary: string;
  readonly written: WrittenMap;
  #open = true;

  private constructor(volume: WritableVolume, path: string, temporary: string, fd: number, size: number) {
    this.volume = volume;
    this.path = path;
    this.#temporary = temporary;
    this.fd = fd;
    this.size = size;
    this.written = writtenMap(size);
  }

  /**
   * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE as {@link checkOutput}; the latter also when the disk is
   *   full or files may not grow so large, as all writing does
   */
  static create(
    path: string,
    size: number,
    { force = false, volume = nodeFs }: { force?: boolean | undefined; volume?: WritableVolume | undefined },
  ): ImageFile {
    checkFileOutput(path, { force, volume });
    const temporary = temporaryName(path);
    try {
      const fd = volume.openSync(temporary, 'wx+', 0o644);
      const image = new ImageFile(volume, path, temporary, fd, size);
      try {
        volume.ftruncateSync(fd, size);
      } catch (error) {
        image.discard();
        throw error;
      }
      return image;
    } catch (error) {
      throw unwritable(path, error);
    }
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      done += this.writeSync(this.fd, bytes, done, bytes.length - done, position + done);
    }
  }

  /** As `fs.writeSync`, so that an image serves where a file system is asked for. */
  writeSync(fd: number, source: Uint8Array, offset: number, length: number, position: number): number {
    markWritten(this.written, position, length);
    try {
      return this.volume.writeSync(fd, source, offset, length, position);
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }

  /** As `fs.readSync`. */
  readSync(fd: number, target: Uint8Array, offset: number, length: number, position: number): number {
    return this.volume.readSync(fd, target, offset, length, position);
  }

  /** True when a thread of this process can use {@link fd} as well. */
  get isShared(): boolean {
    return this.volume.openSync === nodeFs.openSync;
  }

  /** Bytes that take up space on the disk; the whole size where the volume does not tell. */
  allocated(): number {
    const { blocks } = this.volume.fstatSync(this.fd);
    return blocks === undefined ? this.size : Number(blocks) * 512;
  }

  /** Gives the image its final name. @throws RB_OUTPUT_UNWRITABLE, and leaves nothing then */
  async commit(): Promise<void> {
    this.#close();
    try {
      // To free the blocks of a large file that is overwritten takes long: not in this thread.
      if (this.isShared) await nodeFs.promises.rename(this.#temporary, this.path);
      else this.volume.renameSync(this.#temporary, this.path);
    } catch (error) {
      this.volume.unlinkSync(this.#temporary);
      throw unwritable(this.path, error);
    }
  }

  /** Removes what was written so far; without effect after {@link commit}. */
  discard(): void {
    if (!this.#open) return;
    this.#close();
    this.volume.unlinkSync(this.#temporary);
  }

  #close(): void {
    this.#open = false;
    this.volume.closeSync(this.fd);
  }
}

export interface OutputOptions {
  /** Overwrites what has the name. */
  readonly force?: boolean | undefined;
  /** The file system that the path is in: `node:fs` unless told. */
  readonly volume?: Pick<WritableVolume, 'existsSync' | 'accessSync' | 'statSync'> | undefined;
}

/**
 * Tells before any work is done that an output cannot be written.
 *
 * @throws RB_OUTPUT_EXISTS when its name is taken and `force` is not set
 * @throws RB_OUTPUT_UNWRITABLE when its folder is missing or may not be written
 */
export function checkOutput(path: string, { force = false, volume = nodeFs }: OutputOptions): void {
  if (!force && volume.existsSync(path)) {
    throw new RootlessBakeError('RB_OUTPUT_EXISTS', `${path} exists already`, {
      hint: 'give another name with -o, or overwrite it with --force',
    });
  }
  try {
    volume.accessSync(dirname(path), nodeFs.constants.W_OK | nodeFs.constants.X_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/**
 * The same for an output that is one file.
 *
 * @throws RB_OUTPUT_EXISTS; RB_OUTPUT_UNWRITABLE also when `force` would have to overwrite a folder
 */
export function checkFileOutput(path: string, options: OutputOptions): void {
  const { volume = nodeFs } = options;
  checkOutput(path, options);
  if (!volume.existsSync(path) || !volume.statSync(path).isDirectory()) return;
  throw new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${path}: it is a folder`, {
    hint: 'name a file, or a place where nothing is',
  });
}

/** A hidden name in the same folder, so that the rename at the end stays within one file system. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Hints for the system errors of writing that users meet. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or name another place',
  EDQUOT: 'the quota of this user is used up: free some space, or name another place',
  EFBIG: 'files may not grow so large here: raise the limit (ulimit -f), or name another place',
  EROFS: 'the file system is read-only: name another place',
};

/** The error for an output that a system call refused; anything else is given back as it is. */
export function unwritable(path: string, error: unknown): unknown {
  if (!isSystemError(error) || error.code === undefined) return error;
  const hint =
    error.code === 'ENOENT'
      ? `make the folder ${dirname(path)} first`
      : (HINTS[error.code] ?? 'name a place that you can write to');
  return new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${path}: ${reason(error)}`, {
    hint,
    cause: error,
  });
}

/** `ENOSPC: no space left on device`, without the call and the temporary name that follow in the message. */
function reason(error: NodeJS.ErrnoException): string {
  return error.message.replace(/,[^,]*$/s, '');
}
