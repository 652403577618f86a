import type { BlockDevice } from 'ext2fs-wasm';
import { RootlessBakeError } from '../errors.ts';
import { type ContentReader, readFully } from '../tree/content.ts';

/** A part of an opened content as a device that can only be read. */
export function contentDevice(reader: ContentReader, offset: number, size: number): BlockDevice {
  const refuse = (): never => {
    throw new RootlessBakeError('RB_INTERNAL', 'an image that is looked into was about to be written');
  };
  return {
    size,
    read: (target, at) => readFully(reader, target, offset + at),
    write: refuse,
    zero: refuse,
  };
}
