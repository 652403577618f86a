import type { Content } from '../../tree/content.ts';
import { contentSlice } from '../../tree/content-slice.ts';
import { sparseContent } from '../../tree/sparse-content.ts';
import { Tree } from '../../tree/tree.ts';
import { ContentChunks, smallContent } from '../content-chunks.ts';
import { type TarEntry, type TarHeader, type TarReadOptions, tarEntries } from './entries.ts';
import { placeEntry } from './place.ts';
import type { ReadTarOptions } from './read.ts';

/** Files of at most this many bytes come into memory: to open the archive for each would cost more. */
const SMALL = 4096;

/**
 * Reads a tar, not compressed, into a tree whose contents are parts of it: bodies of larger files are neither
 * read nor copied. The archive must stay as it is for as long as the tree is used.
 *
 * @throws as {@link ./read.ts}
 */
export async function readTarInPlace(archive: Content, options: ReadTarOptions): Promise<Tree> {
  const { origin, what = origin, onEntry } = options;
  const tree = new Tree({ uid: 0, gid: 0, mode: 0o755, mtime: 0n, xattrs: new Map(), origin });
  for await (const { header, content } of tarEntriesInPlace(archive, { ...options, what })) {
    const entry = placeEntry(tree, header, origin, content);
    onEntry?.(header, entry);
  }
  return tree;
}

/**
 * The entries of a tar, not compressed, with contents that are parts of it, as {@link readTarInPlace}.
 *
 * @throws as {@link tarEntries}
 */
export async function* tarEntriesInPlace(
  archive: Content,
  options: TarReadOptions,
): AsyncGenerator<{ readonly header: TarHeader; readonly content: Content | undefined }, void, undefined> {
  for await (const item of tarEntries(new ContentChunks(archive), options)) {
    const { header } = item;
    yield { header, content: header.type === 'file' ? await contentOf(item, archive) : undefined };
  }
}

async function contentOf({ header, position, body }: TarEntry, archive: Content): Promise<Content> {
  const { data, size } = header;
  const length = data ? data.reduce((sum, range) => sum + range.length, 0) : size;
  const stored = length <= SMALL ? await smallContent(body, length) : contentSlice(archive, position, length);
  return data ? sparseContent(stored, data, size) : stored;
}
