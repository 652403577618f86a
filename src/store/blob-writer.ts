import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { makeStoreFolder, openTemporary, storing } from './files.ts';

/** What is known of a blob before it is there. */
export interface Expected {
  /** In hex. */
  readonly sha256?: string | undefined;
  /** In bytes. */
  readonly size?: number | undefined;
  /** The most bytes that it may have. */
  readonly limit?: number | undefined;
  /** What it is, in words for people: in errors, and in lists of the store. */
  readonly what: string;
  /** What made it: `download` unless told. `cache prune --kind` goes by it. */
  readonly kind?: string | undefined;
  /** Where it comes from, without secrets. */
  readonly url?: string | undefined;
}

/** Bytes that are read at once when a part of a blob is taken up again. */
const CHUNK = 1 << 20;

/** A blob's file is complete: it is checked and under its final name when this returns. */
export type Publish = (file: { sha256: string; size: number; path: string; fd: number }) => void;

/**
 * A blob on its way into the store: appended piece by piece to a file without a name in the store, and hashed
 * on the way. It ends by {@link commit} or {@link abandon}.
 */
export class BlobWriter {
  readonly expected: Expected;
  readonly #directory: string;
  readonly #publish: Publish;
  readonly #path: string;
  #fd: number | undefined;
  #hash: Hash = createHash('sha256');
  #size = 0;

  private constructor(
    directory: string,
    expected: Expected,
    file: { fd: number; path: string },
    publish: Publish,
  ) {
    this.#directory = directory;
    this.expected = expected;
    this.#fd = file.fd;
    this.#path = file.path;
    this.#publish = publish;
  }

  /**
   * Starts a blob. One whose sha256 is known goes on where an earlier, interrupted writer left it.
   *
   * @throws RB_STORE_UNUSABLE
   */
  static open(directory: string, expected: Expected, publish: Publish): BlobWriter {
    return storing(directory, () => {
      const file = openTemporary(directory, 0o644);
      const writer = new BlobWriter(directory, expected, file, publish);
      const { sha256 } = expected;
      if (sha256 !== undefined) writer.#takeUp(partialPath(directory, sha256));
      return writer;
    });
  }

  /** Of what was written so far, in hex. */
  get sha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * @throws RB_LIMIT_EXCEEDED when it becomes larger than its limit; RB_DIGEST_MISMATCH when larger than its
   *   size; RB_STORE_UNUSABLE when the disk is full
   */
  write(chunk: Uint8Array): void {
    const fd = this.#descriptor();
    const { size, limit, what } = this.expected;
    const grown = this.#size + chunk.length;
    if (size !== undefined && grown > size) throw wrongSize(what, `more than ${size}`, size);
    if (limit !== undefined && grown > limit) throw limitExceeded(what, limit);
    storing(this.#directory, () => {
      for (let done = 0; done < chunk.length; ) {
        done += writeSync(fd, chunk, done, chunk.length - done, this.#size + done);
      }
    });
    this.#hash.update(chunk);
    this.#size = grown;
  }

  /** Throws away what was written, to begin anew. */
  restart(): void {
    storing(this.#directory, () => ftruncateSync(this.#descriptor(), 0));
    this.#hash = createHash('sha256');
    this.#size = 0;
  }

  /**
   * Checks size and digest, and gives the blob its name. On any error nothing is in the store, and the writer
   * may be {@link restart}ed or must be {@link abandon}ed.
   *
   * @throws RB_DIGEST_MISMATCH, RB_STORE_UNUSABLE
   */
  commit(): void {
    const fd = this.#descriptor();
    const { size, what } = this.expected;
    const wanted = this.expected.sha256?.toLowerCase();
    if (size !== undefined && this.#size !== size) throw wrongSize(what, String(this.#size), size);
    const { sha256 } = this;
    if (wanted !== undefined && wanted !== sha256) throw wrongDigest(what, sha256, wanted);
    storing(this.#directory, () => this.#publish({ sha256, size: this.#size, path: this.#path, fd }));
    this.#close();
  }

  /**
   * Gives the blob up; without effect after {@link commit}.
   *
   * @param keep leaves what is there for a later writer of the same sha256
   */
  abandon({ keep = false }: { keep?: boolean } = {}): void {
    if (this.#fd === undefined) return;
    this.#close();
    const { sha256 } = this.expected;
    if (keep && sha256 !== undefined && this.#size > 0) {
      try {
        makeStoreFolder(this.#directory, join(this.#directory, 'partial'));
        renameSync(this.#path, partialPath(this.#directory, sha256));
        return;
      } catch (error) {
        if (!isSystemError(error)) throw error;
      }
    }
    rmSync(this.#path, { force: true });
  }

  /** Whoever renames the part away first has it alone. */
  #takeUp(partial: string): void {
    const fd = this.#descriptor();
    const { size = Number.MAX_SAFE_INTEGER, limit = Number.MAX_SAFE_INTEGER } = this.expected;
    try {
      renameSync(partial, this.#path);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return;
      throw error;
    }
    closeSync(fd);
    this.#fd = openSync(this.#path, 'r+');
    const length = Number(fstatSync(this.#fd).size);
    if (length > Math.min(size, limit)) {
      this.restart();
      return;
    }
    const chunk = new Uint8Array(Math.min(CHUNK, length));
    while (this.#size < length) {
      const count = readSync(this.#fd, chunk, 0, chunk.length, this.#size);
      if (count === 0) break;
      this.#hash.update(chunk.subarray(0, count));
      this.#size += count;
    }
  }

  #descriptor(): number {
    if (this.#fd !== undefined) return this.#fd;
    throw new RootlessBakeError('RB_INTERNAL', 'a blob was written to after its end');
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeSync(fd);
  }
}

/** Writes a whole stream. Whatever goes wrong, nothing of it stays. */
export async function writeStream(
  writer: BlobWriter,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    if (writer.size > 0) writer.restart();
    for await (const chunk of chunks) writer.write(chunk);
    writer.commit();
  } finally {
    writer.abandon();
  }
}

function partialPath(directory: string, sha256: string): string {
  return join(directory, 'partial', sha256.toLowerCase());
}

function wrongSize(what: string, actual: string, wanted: number): RootlessBakeError {
  return new RootlessBakeError('RB_DIGEST_MISMATCH', `${what} has ${actual} bytes instead of ${wanted}`, {
    hint: 'it was changed or damaged: fetch it from another place, or update what pins it',
  });
}

function wrongDigest(what: string, actual: string, wanted: string): RootlessBakeError {
  return new RootlessBakeError(
    'RB_DIGEST_MISMATCH',
    `${what} has not the sha256 that was asked for:\n  expected ${wanted}\n  actual   ${actual}`,
    { hint: 'if the input was changed on purpose, put the actual sha256 into the recipe' },
  );
}

/** The error for something that grows beyond what it may. */
export function limitExceeded(what: string, limit: number): RootlessBakeError {
  return new RootlessBakeError('RB_LIMIT_EXCEEDED', `${what} is larger than its limit of ${limit} bytes`, {
    hint: 'if that much is expected, raise the limit',
  });
}
