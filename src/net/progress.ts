import { counted } from '../counted.ts';
import { startStep, stepProgress } from '../events.ts';
import type { Host } from '../host.ts';

/** One transfer among those that are under way. */
export interface Transfer {
  /** Says how many bytes are expected; undefined when that is not known. */
  expect(total: number | undefined): void;
  /** Says how many bytes are here, those of an interrupted attempt included. */
  reach(bytes: number): void;
  /** @param isDone false: it was given up */
  end(isDone: boolean): void;
}

type ProgressHost = Pick<Host, 'emit' | 'now' | 'signal'>;

/**
 * The progress of all transfers of one kind as one step: it starts with the first transfer, ends when none is
 * under way, and counts the bytes of all.
 */
export class TransferProgress {
  readonly #host: ProgressHost;
  readonly #step: string;
  readonly #transfers = new Set<{ done: number; total: number | undefined }>();
  #active = 0;
  #hasFailed = false;
  #tell: ReturnType<typeof stepProgress> = () => {};
  #end: ReturnType<typeof startStep> = () => 0;

  constructor(host: ProgressHost, step = 'download') {
    this.#host = host;
    this.#step = step;
  }

  begin(total: number | undefined): Transfer {
    if (this.#active === 0) this.#open();
    this.#active += 1;
    const state = { done: 0, total };
    this.#transfers.add(state);
    return {
      expect: (bytes) => {
        state.total = bytes;
      },
      reach: (bytes) => {
        state.done = bytes;
        const { done, total: all } = this.#sum();
        this.#tell(done, all);
      },
      end: (isDone) => {
        this.#hasFailed ||= !isDone;
        this.#active -= 1;
        if (this.#active === 0) this.#close();
      },
    };
  }

  #open(): void {
    this.#transfers.clear();
    this.#hasFailed = false;
    this.#end = startStep(this.#step, this.#host);
    this.#tell = stepProgress(this.#step, 'bytes', this.#host);
  }

  #close(): void {
    const files = this.#transfers.size;
    const { done } = this.#sum();
    const failure = this.#host.signal.aborted ? 'interrupted' : 'failed';
    this.#end(this.#hasFailed ? failure : 'done', {
      amount: { count: done, unit: 'bytes' },
      detail: counted(files, 'file'),
    });
  }

  #sum(): { done: number; total: number | undefined } {
    let done = 0;
    let total: number | undefined = 0;
    for (const transfer of this.#transfers) {
      done += transfer.done;
      total = total === undefined || transfer.total === undefined ? undefined : total + transfer.total;
    }
    return { done, total };
  }
}
