import { RootlessBakeError } from '../errors.ts';
import { decompressStream } from '../formats/compression/index.ts';
import { isCpio, readCpioInPlace } from '../formats/cpio/index.ts';
import { abortable } from '../sources/abortable.ts';
import { limited } from '../sources/limited.ts';
import { type Content, type ContentSink, contentChunks, readFully } from '../tree/content.ts';
import { contentSlice } from '../tree/content-slice.ts';
import { metadata } from '../tree/entry.ts';
import { Tree } from '../tree/tree.ts';

export interface InitramfsOptions {
  /** Goes into every entry's origin, and names the archive in errors. */
  readonly origin: string;
  /** The most bytes that it may have, decompressed. */
  readonly limit: number;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** More archives in one than anybody joins. */
const MAXIMUM_ARCHIVES = 64;
const HEAD = 6;

/**
 * Reads an initramfs as the kernel does: newc archives one behind the other, with zeros between them, each over the
 * ones before; the rest may be compressed, and goes to the sink then.
 *
 * @throws RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED, RB_ARCHIVE_TOO_LARGE, RB_LIMIT_EXCEEDED
 */
export async function readInitramfs(
  content: Content,
  sink: ContentSink,
  { origin, limit, signal }: InitramfsOptions,
): Promise<Tree> {
  const tree = new Tree(metadata({ mode: 0o755, origin }));
  let current = content;
  let position = 0;
  for (let count = 0; count < MAXIMUM_ARCHIVES; count += 1) {
    position = behindZeros(current, position);
    if (position >= current.size) return tree;
    if (isCpio(headAt(current, position))) {
      position = await readCpioInPlace(tree, current, { origin, position, ...(signal && { signal }) });
      continue;
    }
    const rest = contentSlice(current, position, current.size - position);
    const chunks = limited(decompressStream(contentChunks(rest), origin), limit, origin);
    const unpacked = await sink.put(signal ? abortable(chunks, signal) : chunks);
    if (!isCpio(headAt(unpacked, 0))) throw damaged(origin, `no cpio archive at byte ${position}`);
    [current, position] = [unpacked, 0];
  }
  throw damaged(origin, `it has more than ${MAXIMUM_ARCHIVES} archives`);
}

function behindZeros(content: Content, from: number): number {
  const reader = content.open();
  try {
    const chunk = new Uint8Array(64 * 1024);
    for (let at = from; at < content.size; ) {
      const part = chunk.subarray(0, Math.min(chunk.length, content.size - at));
      readFully(reader, part, at);
      const first = part.findIndex((byte) => byte !== 0);
      if (first >= 0) return at + first;
      at += part.length;
    }
    return content.size;
  } finally {
    reader.close();
  }
}

function headAt(content: Content, position: number): Uint8Array {
  const head = new Uint8Array(Math.max(0, Math.min(HEAD, content.size - position)));
  const reader = content.open();
  try {
    readFully(reader, head, position);
    return head;
  } finally {
    reader.close();
  }
}

function damaged(origin: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${origin} is damaged or no initramfs: ${why}`, {
    hint: 'make it again',
  });
}
