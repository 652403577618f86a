import { RootlessBakeError } from '../errors.ts';

/**
 * The bytes of a regular file, opened when they are needed and never copied before. A content may be
 * opened any number of times.
 */
export interface Content {
  /** In bytes; reading must yield exactly this many. */
  readonly size: number;
  /** Bytes at hand without any I/O, when the content lies in memory. */
  readonly bytes?: Uint8Array;
  /** Where the bytes lie, when they lie in one piece in a file of this machine. */
  readonly place?: ContentPlace;
  /**
   * Where data lies, sorted and disjoint; between the ranges are holes, which read as zeros. Absent when all
   * is data. Looking it up may read a host file through, and throw what opening it throws.
   */
  readonly data?: readonly DataRange[];
  /** Readers are independent of each other; each is to be closed. */
  open(): ContentReader;
}

/** A run of bytes of a content, of any alignment. */
export interface DataRange {
  /** Of the first byte, in bytes. */
  readonly position: number;
  /** In bytes, more than 0. */
  readonly length: number;
}

/** A piece of a host file, for what cannot call {@link Content.open}: another thread of this process. */
export interface ContentPlace {
  /** A path, or a descriptor that is open for reading. */
  readonly file: string | Uint8Array | number;
  /** Of the first byte, in bytes. */
  readonly position: number;
}

/** Positioned, synchronous reads of one opened content. */
export interface ContentReader {
  /** Fills `target` from `position` on and gives the count of bytes read, 0 at the end. */
  read(target: Uint8Array, position: number): number;
  close(): void;
}

/** Takes bytes that are on their way through and keeps them to be read again: in memory, or in a spool. */
export interface ContentSink {
  /** Takes all chunks; the content is theirs, whole. */
  put(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Content>;
}

/**
 * A content of bytes in memory, which are not copied.
 *
 * @example
 * import { bytesContent } from 'rootless-bake';
 *
 * const { size } = bytesContent(new Uint8Array(512));
 */
export function bytesContent(bytes: Uint8Array): Content {
  return { size: bytes.length, bytes, open: () => memoryReader(bytes) };
}

/**
 * A content of a text, in UTF-8.
 *
 * @example
 * import { textContent } from 'rootless-bake';
 *
 * const { size } = textContent('machine\n');
 */
export function textContent(text: string): Content {
  return bytesContent(Buffer.from(text, 'utf8'));
}

/** A sink that keeps everything in memory, for small inputs and tests. */
export const memorySink: ContentSink = {
  async put(chunks) {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(chunk);
    return bytesContent(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
  },
};

/** Where a content's data lies, dense contents too. */
export function dataRanges(content: Content): readonly DataRange[] {
  return content.data ?? (content.size > 0 ? [{ position: 0, length: content.size }] : []);
}

/**
 * Reads a whole content into memory.
 *
 * @throws RB_ARCHIVE_DAMAGED when it ends early, as a host file does that shrank
 *
 * @example
 * import { readContent, type Tree } from 'rootless-bake';
 *
 * function hostnameOf(tree: Tree): string | undefined {
 *   const entry = tree.get('/etc/hostname');
 *   return entry?.type === 'file' ? Buffer.from(readContent(entry.content)).toString('utf8').trim() : undefined;
 * }
 */
export function readContent(content: Content): Uint8Array {
  if (content.bytes) return content.bytes;
  const bytes = new Uint8Array(content.size);
  const reader = content.open();
  try {
    readFully(reader, bytes, 0);
  } finally {
    reader.close();
  }
  return bytes;
}

/** The first `length` bytes of a content, or all that it has. @throws RB_ARCHIVE_DAMAGED as {@link readContent} */
export function readHead(content: Content, length: number): Uint8Array {
  const head = new Uint8Array(Math.min(length, content.size));
  const reader = content.open();
  try {
    readFully(reader, head, 0);
    return head;
  } finally {
    reader.close();
  }
}

/** Walks a content in chunks of at most `chunkSize` bytes. Each chunk is the caller's to keep. */
export function* contentChunks(content: Content, chunkSize: number = 1 << 20): Generator<Uint8Array> {
  if (content.bytes) {
    if (content.size > 0) yield content.bytes;
    return;
  }
  const reader = content.open();
  try {
    for (let at = 0; at < content.size; ) {
      const chunk = new Uint8Array(Math.min(chunkSize, content.size - at));
      readFully(reader, chunk, at);
      at += chunk.length;
      yield chunk;
    }
  } finally {
    reader.close();
  }
}

/**
 * Fills the whole of `target`.
 *
 * @throws RB_ARCHIVE_DAMAGED when the content ends early, as a host file does that shrank under us.
 */
export function readFully(reader: ContentReader, target: Uint8Array, position: number): void {
  for (let done = 0; done < target.length; ) {
    const count = reader.read(done === 0 ? target : target.subarray(done), position + done);
    if (count === 0) {
      throw new RootlessBakeError(
        'RB_ARCHIVE_DAMAGED',
        `content ends ${target.length - done} bytes early: it changed while it was read`,
      );
    }
    done += count;
  }
}

/**
 * A reader of at most `size` bytes: what lies behind them (a file that grew, the rest of an archive) is not there.
 *
 * @param read as {@link ContentReader.read}; never called for nothing
 */
export function boundedReader(size: number, read: ContentReader['read'], close: () => void): ContentReader {
  return {
    read(target, position) {
      const length = Math.min(target.length, Math.max(0, size - position));
      if (length === 0) return 0;
      return read(length === target.length ? target : target.subarray(0, length), position);
    },
    close,
  };
}

function memoryReader(bytes: Uint8Array): ContentReader {
  return {
    read(target, position) {
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      return piece.length;
    },
    close() {},
  };
}
