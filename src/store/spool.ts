import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { bytesContent, type Content, type ContentReader, type ContentSink } from '../tree/content.ts';

/** Contents of at most this many bytes stay in memory: a system call each would cost more. */
const SMALL = 4096;

/** A sink that lies in one unnamed temporary file. Its contents can be read until it is closed. */
export interface Spool extends ContentSink {
  /** Bytes in the file so far. */
  readonly size: number;
  /** Gives the disk space back. Reading a content of the spool is an error from then on. */
  close(): void;
}

/**
 * Opens a spool in `directory`. The file loses its name at once, so that nothing stays behind whatever ends
 * the process.
 *
 * @throws RB_OUTPUT_UNWRITABLE when the directory is missing or cannot be written; `put` throws it as well,
 *   when the disk is full.
 */
export function createSpool(directory: string): Spool {
  const path = join(directory, `rootless-bake-spool-${randomBytes(8).toString('hex')}`);
  return writing(directory, () => {
    const fd = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    return new FileSpool(fd, directory);
  });
}

/** Runs file operations and words their failure. */
function writing<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new RootlessBakeError(
      'RB_OUTPUT_UNWRITABLE',
      `${directory} takes no temporary file: ${error.code}`,
      {
        hint: 'free some space there, or name another folder by TMPDIR',
        cause: error,
      },
    );
  }
}

/** A run of bytes of the spool. `start` counts within the content, `position` within the file. */
interface Extent {
  readonly start: number;
  readonly position: number;
  length: number;
}

class FileSpool implements Spool {
  #fd: number | undefined;
  #size = 0;
  readonly #directory: string;

  constructor(fd: number, directory: string) {
    this.#fd = fd;
    this.#directory = directory;
  }

  get size(): number {
    return this.#size;
  }

  /** Contents that are put at the same time share the file piece by piece. */
  async put(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Content> {
    const extents: Extent[] = [];
    let head: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of chunks) {
      size += chunk.length;
      head.push(chunk);
      if (size <= SMALL) continue;
      for (const part of head) this.#append(part, extents);
      head = [];
    }
    if (extents.length === 0) return bytesContent(copy(head, size));
    const [only] = extents;
    return {
      size,
      open: () => this.#open(extents, size),
      ...(extents.length === 1 && { place: { file: this.#descriptor(), position: only!.position } }),
    };
  }

  close(): void {
    if (this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #append(chunk: Uint8Array, extents: Extent[]): void {
    const fd = this.#descriptor();
    const position = this.#size;
    this.#size += chunk.length;
    writing(this.#directory, () => {
      for (let done = 0; done < chunk.length; ) {
        done += writeSync(fd, chunk, done, chunk.length - done, position + done);
      }
    });
    const last = extents.at(-1);
    if (last && last.position + last.length === position) last.length += chunk.length;
    else extents.push({ start: last ? last.start + last.length : 0, position, length: chunk.length });
  }

  #open(extents: readonly Extent[], size: number): ContentReader {
    let last = extents[0]!;
    return {
      read: (target, position) => {
        if (position >= size || target.length === 0) return 0;
        if (position < last.start || position >= last.start + last.length) last = find(extents, position);
        const offset = position - last.start;
        const length = Math.min(target.length, last.length - offset);
        return readSync(this.#descriptor(), target, 0, length, last.position + offset);
      },
      close() {},
    };
  }

  #descriptor(): number {
    if (this.#fd !== undefined) return this.#fd;
    throw new RootlessBakeError('RB_INTERNAL', 'the spool was used after it was closed');
  }
}

function find(extents: readonly Extent[], position: number): Extent {
  return extents.find(({ start, length }) => position >= start && position < start + length)!;
}

/** Small contents get memory of their own, for their chunks may be windows into much larger buffers. */
function copy(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
