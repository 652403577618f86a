import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Task, TaskResult, WorkerTarget } from './task.ts';

/** There only in the compiled package: Node does not run a thread from TypeScript. */
const WORKER = new URL('./contents-worker.js', import.meta.url);

/** Who gives a thread its work. */
export interface Employer {
  onResult(result: TaskResult): void;
  /** The thread is gone; whatever it had begun has to be done again. */
  onFailure(): void;
}

/** A thread that writes contents. Its start takes a while: start it before there is work for it. */
export class ContentsThread {
  readonly #worker: Worker;

  private constructor(worker: Worker) {
    this.#worker = worker;
  }

  /** Undefined where a second thread is of no use. */
  static start(): ContentsThread | undefined {
    if (availableParallelism() < 2 || !existsSync(WORKER)) return undefined;
    const worker = new Worker(WORKER);
    worker.on('error', () => {}); // An employer is told of it; without one there is nothing to do again.
    return new ContentsThread(worker);
  }

  /** Says where tasks write to. Once, before the first of them. */
  employ(target: WorkerTarget, employer: Employer): void {
    this.#worker.on('message', (result: TaskResult) => employer.onResult(result));
    this.#worker.once('exit', () => employer.onFailure());
    this.#worker.postMessage(target);
  }

  post(task: Task): void {
    this.#worker.postMessage(task);
  }

  /** Stops it in the middle of whatever it does; it writes nothing after that. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
