import { Worker } from 'node:worker_threads';

/** What watches: it can act while the thread that it watches is stuck. */
const WATCH = `
const { workerData: { beats, name, limit } } = require('node:worker_threads');
const counter = new Int32Array(beats);
let seen = -1;
setInterval(() => {
  const now = Atomics.load(counter, 0);
  if (now === seen) {
    require('node:fs').writeSync(2, '\\n*** ' + name + ': stuck at input ' + now + ' ***\\n');
    process.kill(process.pid, 'SIGKILL');
  }
  seen = now;
}, limit);
`;

/** Ends this process loudly when a piece of synchronous work does not come to an end. */
export class Watchdog {
  readonly #beats = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;

  /** @param limit milliseconds within which there must be a {@link beat} */
  constructor(name: string, limit = 60_000) {
    this.#worker = new Worker(WATCH, { eval: true, workerData: { beats: this.#beats.buffer, name, limit } });
    this.#worker.unref();
  }

  /** The work goes on: another input begins. */
  beat(): void {
    Atomics.add(this.#beats, 0, 1);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
