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

interface DigestThread {
  readonly worker: Worker;
  readonly digest: Promise<string>;
}

/** The sha256 of an image, computed in a thread behind the one that writes it. */
export class ImageDigest {
  readonly #image: ImageFile;
  readonly #host: Host;
  #thread: DigestThread | undefined;
  #told = 0;

  constructor(image: ImageFile, host: Host) {
    this.#image = image;
    this.#host = host;
  }

  /** Says that nothing before `upTo` will change any more. */
  advance(upTo: number): void {
    if (upTo - this.#told < STRIDE) return;
    if (this.#told === 0) this.#thread = this.#start();
    this.#told = upTo;
    this.#thread?.worker.postMessage(upTo);
  }

  /** The digest, in hex, of the image as it is now. */
  finish(): Promise<string> {
    return this.#thread ? this.#await(this.#thread) : this.#hashHere();
  }

  /** Ends the thread, which must not read any more when the image is closed. */
  async abandon(): Promise<void> {
    await this.#thread?.worker.terminate();
  }

  #start(): DigestThread | undefined {
    const { fd, size, written, isShared } = this.#image;
    if (!isShared || size < WORTH_A_THREAD || !existsSync(WORKER)) return undefined;
    const worker = new Worker(WORKER, { workerData: { fd, size, written } });
    const digest = new Promise<string>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the digest thread ended early')));
    });
    digest.catch(() => {}); // It is told by `finish`.
    return { worker, digest };
  }

  async #await({ worker, digest }: DigestThread): Promise<string> {
    const { signal } = this.#host;
    throwIfAborted(signal);
    worker.postMessage(this.#image.size);
    const over = new AbortController();
    const aborted = new Promise<never>((_, reject) => {
      const options = { once: true, signal: over.signal };
      signal.addEventListener('abort', () => reject(abortReason(signal)), options);
    });
    try {
      return await Promise.race([digest, aborted]);
    } finally {
      over.abort();
    }
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
