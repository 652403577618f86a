import * as nodeFs from 'node:fs';
import { boundedReader, type Content, type ContentPlace } from '../tree/content.ts';

/**
 * A content by where its bytes lie: what a thread makes of a content that was described to it.
 *
 * @param size in bytes
 */
export function placedContent(size: number, { file, position: start }: ContentPlace): Content {
  return {
    size,
    place: { file, position: start },
    open() {
      const fd = typeof file === 'number' ? file : openPath(file);
      return boundedReader(
        size,
        (target, position) => nodeFs.readSync(fd, target, 0, target.length, start + position),
        () => (typeof file === 'number' ? undefined : nodeFs.closeSync(fd)),
      );
    },
  };
}

function openPath(path: string | Uint8Array): number {
  return nodeFs.openSync(typeof path === 'string' ? path : Buffer.from(path), 'r');
}
