import { type BlockDevice, fileDevice } from 'ext2fs-wasm';
import type { ImageFile } from '../disk/image-file.ts';

/** A partition of an image under construction, as the block device that e2fsprogs sees. */
export function partitionDevice(image: ImageFile, offset: number, size: number): BlockDevice {
  return fileDevice(image, image.fd, { offset, size, fresh: true });
}
