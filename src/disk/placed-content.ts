import * as nodeFs from 'node:fs';
import type { Content, ContentPlace } from '../tree/content.ts';

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
      return {
        // A file that grew meanwhile is read as long as it was.
        read: (target, position) => {
          const length = Math.min(target.length, Math.max(0, size - position));
          return length === 0 ? 0 : nodeFs.readSync(fd, target, 0, length, start + position);
        },
        close: () => (typeof file === 'number' ? undefined : nodeFs.closeSync(fd)),
      };
    },
  };
}

function openPath(path: string | Uint8Array): number {
  return nodeFs.openSync(typeof path === 'string' ? path : Buffer.from(path), 'r');
}
