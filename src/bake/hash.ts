import { createHash } from 'node:crypto';
import { type ImageFile, WRITTEN_GRAIN } from '../disk/image-file.ts';

/** Grains read, or passed over, at a time. */
const RUN = 64;

/**
 * sha256 of a whole image, in hex. Holes are not read. `pause` is awaited between runs when it gives a
 * promise.
 */
export async function hashImage(image: ImageFile, pause: () => Promise<void> | undefined): Promise<string> {
  const hash = createHash('sha256');
  const zeros = new Uint8Array(RUN * WRITTEN_GRAIN);
  const buffer = new Uint8Array(RUN * WRITTEN_GRAIN);
  for (let position = 0; position < image.size; ) {
    const hole = image.isHole(position);
    let end = position;
    while (end < image.size && end - position < buffer.length && image.isHole(end) === hole)
      end += WRITTEN_GRAIN;
    const length = Math.min(end, image.size) - position;
    if (hole) hash.update(zeros.subarray(0, length));
    else hash.update(readRun(image, buffer.subarray(0, length), position));
    position += length;
    await pause();
  }
  return hash.digest('hex');
}

function readRun(image: ImageFile, buffer: Uint8Array, position: number): Uint8Array {
  for (let done = 0; done < buffer.length; ) {
    done += image.readSync(image.fd, buffer, done, buffer.length - done, position + done);
  }
  return buffer;
}
