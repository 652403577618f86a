import type { Extent } from 'ext2fs-wasm';
import { breather, type Host } from '../../host.ts';
import type { Content } from '../../tree/content.ts';
import { type Batch, Batcher } from './batch.ts';
import type { ContentsThread, Employer } from './contents-thread.ts';
import { Copier, type Write } from './copy.ts';
import { claim, type Task, type TaskResult, toTask, type WorkerTarget } from './task.ts';

export interface ContentsTarget {
  /** Writes to the device. */
  readonly write: Write;
  /** A second thread, and the same device for it; else all is written by this one, in {@link ContentsWriter.finish}. */
  readonly shared?: { readonly thread: ContentsThread; readonly target: WorkerTarget } | undefined;
}

interface Queued extends Batch {
  readonly claim: Task['claim'];
}

/**
 * Writes contents to their places. A thread starts on what is added at once, while this one goes on laying out
 * the file system; in the end both share what is left.
 */
export class ContentsWriter implements Employer {
  readonly #host: Pick<Host, 'now' | 'signal'>;
  readonly #copier: Copier;
  readonly #thread: ContentsThread | undefined;
  readonly #batcher: Batcher;
  readonly #onProgress: () => void;
  /** By index; those that are written are gone. */
  readonly #left = new Map<number, Queued>();
  /** Indices of batches that only this thread can do, and of those that both can. */
  readonly #own: number[] = [];
  readonly #common: number[] = [];
  #count = 0;
  #done = 0;
  #onReport: () => void = () => {};

  /** @param onProgress called when more has been written, by any thread */
  constructor(target: ContentsTarget, host: Pick<Host, 'now' | 'signal'>, onProgress: () => void = () => {}) {
    this.#host = host;
    this.#onProgress = onProgress;
    this.#copier = new Copier(target.write);
    this.#batcher = new Batcher((batch) => this.#queue(batch));
    this.#thread = target.shared?.thread;
    target.shared?.thread.employ(target.shared.target, this);
  }

  /** Bytes that are written, whole blocks. */
  get done(): number {
    return this.#done;
  }

  /** Takes a file's content and place. The content must stay readable until {@link finish} has ended. */
  add(content: Content, extents: readonly Extent[]): void {
    this.#batcher.add(content, extents);
  }

  /**
   * Writes everything that is left.
   *
   * @param onWritten told the offset up to which no content will change the device any more, in bytes
   * @throws what reading a content and writing to the device throw
   */
  async finish(onWritten: (upTo: number) => void = () => {}): Promise<void> {
    this.#batcher.flush();
    const pause = breather(this.#host);
    while (this.#left.size > 0) {
      const index = this.#take();
      if (index === undefined) await this.#report();
      else {
        for (const _ of this.#copier.copy(this.#left.get(index)!.pieces)) await pause();
        this.#finished(index);
      }
      if (this.#left.size > 0) onWritten(this.#front());
    }
  }

  onResult({ index, isDone }: TaskResult): void {
    if (isDone) this.#finished(index);
    else this.#own.push(index);
    this.#onReport();
  }

  onFailure(): void {
    this.#own.push(...this.#left.keys());
    this.#onReport();
  }

  #finished(index: number): void {
    this.#done += this.#left.get(index)?.bytes ?? 0;
    this.#left.delete(index);
    this.#onProgress();
  }

  #queue(batch: Batch): void {
    const index = this.#count++;
    const queued = { ...batch, claim: new Int32Array(new SharedArrayBuffer(4)) };
    this.#left.set(index, queued);
    const task = this.#thread && toTask(batch, index, queued.claim);
    (task ? this.#common : this.#own).push(index);
    if (task) this.#thread!.post(task);
  }

  /** The next batch for this thread: its own in their order, the common ones from the end. */
  #take(): number | undefined {
    for (let index = this.#own.shift(); index !== undefined; index = this.#own.shift()) {
      if (this.#left.has(index)) return index;
    }
    for (let index = this.#common.pop(); index !== undefined; index = this.#common.pop()) {
      if (claim(this.#left.get(index)?.claim)) return index;
    }
    return undefined;
  }

  /** The offset before which everything is written. */
  #front(): number {
    let front = Number.POSITIVE_INFINITY;
    for (const { start } of this.#left.values()) front = Math.min(front, start);
    return front;
  }

  /** Waits until the thread has done a batch, or given one up. */
  #report(): Promise<void> {
    return new Promise((resolve) => {
      this.#onReport = resolve;
    });
  }
}
