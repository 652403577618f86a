import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Content, ContentPlace, ContentReader } from '../../tree/content.ts';
import { hostPath } from '../ledger/disk-state.ts';

/** A file of a scratch root that scripts have made: it is read where it lies. */
export class ScratchContent implements Content {
  readonly root: string;
  readonly path: string;
  readonly size: number;

  constructor(root: string, path: string, size: number) {
    this.root = root;
    this.path = path;
    this.size = size;
  }

  get place(): ContentPlace {
    return { file: hostPath(this.root, this.path), position: 0 };
  }

  open(): ContentReader {
    const fd = openSync(hostPath(this.root, this.path), constants.O_RDONLY | constants.O_NOFOLLOW);
    return {
      read: (target, position) => readSync(fd, target, 0, target.length, position),
      close: () => closeSync(fd),
    };
  }
}
