import { createHash } from 'node:crypto';
import type { ImageFile } from '../disk/image-file.ts';

const CHUNK = 4 << 20;

/** sha256 of a whole image, in hex. `pause` is awaited between chunks when it gives a promise. */
export async function hashImage(image: ImageFile, pause: () => Promise<void> | undefined): Promise<string> {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(CHUNK);
  for (let position = 0; position < image.size; ) {
    const length = Math.min(CHUNK, image.size - position);
    const count = image.volume.readSync(image.fd, buffer, 0, length, position);
    hash.update(buffer.subarray(0, count));
    position += count;
    await pause();
  }
  return hash.digest('hex');
}
