import { bytesContent, type Content, readFully } from '../../tree/content.ts';
import { contentSlice } from '../../tree/content-slice.ts';
import { sparseContent } from '../../tree/sparse-content.ts';
import { Tree } from '../../tree/tree.ts';
import type { SeekableChunks } from '../chunk-reader.ts';
import { type TarEntry, tarEntries } from './entries.ts';
import { placeEntry } from './place.ts';
import type { ReadTarOptions } from './read.ts';

/** Read at once: a header and what small files may follow it. */
const WINDOW = 8 * 1024;

/** Files of at most this many bytes come into memory: to open the archive for each would cost more. */
const SMALL = 4096;

/**
 * Reads a tar, not compressed, into a tree whose contents are parts of it: bodies of larger files are neither
 * read nor copied. The archive must stay as it is for as long as the tree is used.
 *
 * @throws as {@link ./read.ts}
 */
export async function readTarInPlace(archive: Content, options: ReadTarOptions): Promise<Tree> {
  const { origin, what = origin, limits, onEntry } = options;
  const tree = new Tree({ uid: 0, gid: 0, mode: 0o755, mtime: 0n, xattrs: new Map(), origin });
  const chunks = new ContentChunks(archive);
  for await (const item of tarEntries(chunks, { what, ...(limits && { limits }) })) {
    const { header } = item;
    const content = header.type === 'file' ? await contentOf(item, archive) : undefined;
    const entry = placeEntry(tree, header, origin, content);
    onEntry?.(header, entry);
  }
  return tree;
}

async function contentOf({ header, position, body }: TarEntry, archive: Content): Promise<Content> {
  const { data, size } = header;
  const length = data ? data.reduce((sum, range) => sum + range.length, 0) : size;
  const stored = length <= SMALL ? await smallContent(body, length) : contentSlice(archive, position, length);
  return data ? sparseContent(stored, data, size) : stored;
}

/** In memory of its own: the body's parts are windows into much larger chunks. */
async function smallContent(body: AsyncIterable<Uint8Array>, length: number): Promise<Content> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for await (const part of body) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytesContent(bytes);
}

/** A content as chunks, parts of which can be passed over. */
class ContentChunks implements IterableIterator<Uint8Array>, SeekableChunks {
  readonly #content: Content;
  readonly #reader: ReturnType<Content['open']>;
  #position = 0;

  constructor(content: Content) {
    this.#content = content;
    this.#reader = content.open();
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<Uint8Array> {
    const length = Math.min(WINDOW, this.#content.size - this.#position);
    if (length === 0) return { done: true, value: undefined };
    const value = new Uint8Array(length);
    readFully(this.#reader, value, this.#position);
    this.#position += length;
    return { done: false, value };
  }

  skip(length: number): number {
    const skipped = Math.min(length, this.#content.size - this.#position);
    this.#position += skipped;
    return skipped;
  }

  return(): IteratorResult<Uint8Array> {
    this.#reader.close();
    return { done: true, value: undefined };
  }
}
