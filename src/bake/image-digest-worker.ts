/** The body of the thread that {@link ./image-digest.ts} starts: offsets in, the image's sha256 out. */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type HashedImage, RangeHasher } from './hash-range.ts';

const image = workerData as HashedImage;
const hash = createHash('sha256');
const hasher = new RangeHasher(image, hash, readSync);

parentPort!.on('message', (upTo: number) => {
  while (hasher.step(upTo));
  if (upTo < image.size) return;
  parentPort!.postMessage(hash.digest('hex'));
  parentPort!.close();
});
