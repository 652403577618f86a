import { ftruncateSync, writeSync } from 'node:fs';
import { type Content, dataRanges, readFully } from '../tree/content.ts';

/** Nothing is kept in it from one piece to the next: one buffer serves all. */
const BUFFER = new Uint8Array(1 << 20);

/**
 * Writes a content into a new, empty file, at once where it lies in memory. Holes stay holes.
 *
 * @throws what reading the content and the system calls throw
 */
export function writeContent(fd: number, content: Content): void {
  for (const _ of contentSteps(fd, content));
}

/** The same piece by piece, for who has to look about in between; the content is closed when it is done, or returned from. */
export function* contentSteps(fd: number, content: Content): Generator<void> {
  if (content.bytes) writeFully(fd, content.bytes, 0);
  else yield* copyContent(fd, content);
}

function* copyContent(fd: number, content: Content): Generator<void> {
  const reader = content.open();
  try {
    for (const { position, length } of dataRanges(content)) {
      for (let done = 0; done < length; ) {
        const piece = BUFFER.subarray(0, Math.min(BUFFER.length, length - done));
        readFully(reader, piece, position + done);
        writeFully(fd, piece, position + done);
        done += piece.length;
        yield;
      }
    }
    if (content.data) ftruncateSync(fd, content.size);
  } finally {
    reader.close();
  }
}

function writeFully(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}
