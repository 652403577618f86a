import type { Host } from '../host.ts';

/** Milliseconds between two events. */
const INTERVAL = 100;

/** One transfer among those that are under way. */
export interface Transfer {
  /** Says how many bytes are expected; undefined when that is not known. */
  expect(total: number | undefined): void;
  /** Says how many bytes are here, those of an interrupted attempt included. */
  reach(bytes: number): void;
  end(): void;
}

/**
 * The progress of all transfers of one kind as one step: it starts with the first transfer, ends when none is
 * under way, and counts the bytes of all.
 */
export class TransferProgress {
  readonly #host: Pick<Host, 'emit' | 'now'>;
  readonly #step: string;
  readonly #transfers = new Set<{ done: number; total: number | undefined }>();
  #active = 0;
  #start = 0;
  #last = 0;

  constructor(host: Pick<Host, 'emit' | 'now'>, step = 'download') {
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
        this.#tell(false);
      },
      end: () => {
        this.#active -= 1;
        if (this.#active === 0) this.#close();
      },
    };
  }

  #open(): void {
    this.#transfers.clear();
    this.#start = this.#host.now();
    this.#last = this.#start;
    this.#host.emit({ type: 'step-start', step: this.#step });
  }

  #close(): void {
    this.#tell(true);
    const files = this.#transfers.size;
    const { done } = this.#sum();
    this.#host.emit({
      type: 'step-end',
      step: this.#step,
      milliseconds: this.#host.now() - this.#start,
      detail: `${files} ${files === 1 ? 'file' : 'files'}, ${(done / 2 ** 20).toFixed(1)} MiB`,
    });
  }

  #tell(always: boolean): void {
    const now = this.#host.now();
    if (!always && now - this.#last < INTERVAL) return;
    this.#last = now;
    const { done, total } = this.#sum();
    this.#host.emit({
      type: 'step-progress',
      step: this.#step,
      current: done,
      ...(total !== undefined && { total }),
      unit: 'bytes',
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
