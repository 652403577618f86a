/** Lets only so many pieces of work with the same key go on at once; the others wait in their order. */
export class Slots {
  readonly #limit: number;
  readonly #queues = new Map<string, { active: number; waiting: (() => void)[] }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? { active: 0, waiting: [] };
    this.#queues.set(key, queue);
    // Who ends hands its place to the next, so that nobody can slip in between.
    if (queue.active < this.#limit) queue.active += 1;
    else await new Promise<void>((resolve) => queue.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = queue.waiting.shift();
      if (next) next();
      else queue.active -= 1;
    }
  }
}
