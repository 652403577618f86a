import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { ImageFile } from '../disk/image-file.ts';
import { abortReason, breather, type Host, throwIfAborted } from '../host.ts';
import { RangeHasher } from './hash-range.ts';

/** Below this many bytes a thread's start costs more than it saves. */
const WORTH_A_THREAD = 64 << 20;

/** Bytes that make it worth telling the thread. */
const STRIDE = 8 << 20;

/** There only in the compiled package: Node does not run a thread from TypeScript. */
const WORKER = new URL('./image-digest-worker.js', import.meta.url);

/** The sha256 of an image, computed in a thread behind the one that writes it. */
export class ImageDigest {
  readonly #image: ImageFile;
  readonly #host: Host;
  #worker: Worker | undefined;
  #told = 0;

  constructor(image: ImageFile, host: Host) {
    this.#image = image;
    this.#host = host;
  }

  /** Says that nothing before `upTo` will change any more. */
  advance(upTo: number): void {
    if (upTo - this.#told < STRIDE) return;
    if (this.#told === 0) this.#worker = this.#start();
    this.#told = upTo;
    this.#worker?.postMessage(upTo);
  }

  /** The digest, in hex, of the image as it is now. */
  finish(): Promise<string> {
    return this.#worker ? this.#await(this.#worker) : this.#hashHere();
  }

  /** Ends the thread, which must not read any more when the image is closed. */
  async abandon(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker | undefined {
    const { fd, size, written, isShared } = this.#image;
    if (!isShared || size < WORTH_A_THREAD || !existsSync(WORKER)) return undefined;
    const worker = new Worker(WORKER, { workerData: { fd, size, written } });
    worker.on('error', () => {}); // It is told by `finish`.
    return worker;
  }

  #await(worker: Worker): Promise<string> {
    const { signal } = this.#host;
    throwIfAborted(signal);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(abortReason(signal)), { once: true });
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the digest thread ended early')));
      worker.postMessage(this.#image.size);
    });
  }

  async #hashHere(): Promise<string> {
    const hash = createHash('sha256');
    const { fd, size, written } = this.#image;
    const read = this.#image.readSync.bind(this.#image);
    const hasher = new RangeHasher({ fd, size, written }, hash, read);
    const pause = breather(this.#host);
    while (hasher.step(size)) await pause();
    return hash.digest('hex');
  }
}
