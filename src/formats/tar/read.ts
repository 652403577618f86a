import type { ContentSink } from '../../tree/content.ts';
import type { Entry } from '../../tree/entry.ts';
import { sparseContent } from '../../tree/sparse-content.ts';
import { Tree } from '../../tree/tree.ts';
import { type TarHeader, type TarLimits, tarEntries } from './entries.ts';
import { placeEntry } from './place.ts';

/** How a tar is read: where it came from, how much it may hold. */
export interface ReadTarOptions {
  /** Goes into every entry's origin. */
  readonly origin: string;
  /** Names the archive in errors; the origin unless told. */
  readonly what?: string;
  readonly limits?: TarLimits;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Sees every entry after it was put into the tree, with all that its header says. */
  readonly onEntry?: (header: TarHeader, entry: Entry) => void;
}

/**
 * Reads a tar, already decompressed, into a tree. Bodies go to the sink; hard links become further names of
 * the same entry object. Owners are taken by number. Sparse files keep their holes.
 *
 * @throws RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED, RB_ARCHIVE_TOO_LARGE
 * @throws RB_PATH_INVALID, RB_TREE_CONFLICT for names that no tree can have
 * @throws RB_INTERRUPTED, or the reason of the signal
 *
 * @example
 * import { createReadStream } from 'node:fs';
 * import { memorySink, readTar } from 'rootless-bake';
 *
 * const tree = await readTar(createReadStream('rootfs.tar'), memorySink, { origin: 'rootfs.tar' });
 * const isThere = tree.get('/sbin/init') !== undefined;
 */
export async function readTar(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  sink: ContentSink,
  options: ReadTarOptions,
): Promise<Tree> {
  const { origin, what = origin, onEntry } = options;
  const tree = new Tree({ uid: 0, gid: 0, mode: 0o755, mtime: 0n, xattrs: new Map(), origin });
  for await (const { header, body } of tarEntries(chunks, { ...options, what })) {
    const stored = header.type === 'file' ? await sink.put(body) : undefined;
    const content = stored && header.data ? sparseContent(stored, header.data, header.size) : stored;
    const entry = placeEntry(tree, header, origin, content);
    onEntry?.(header, entry);
  }
  return tree;
}
