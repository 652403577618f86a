import type { Store } from '../store/store.ts';
import { isContentFault } from './content-fault.ts';

/**
 * What one source brings into the store of which it cannot be told before its end whether it is right, such as the
 * parts of an image that nobody has pinned: each is what its digest says, and all of it may be of no use.
 */
export class Intake {
  readonly store: Store;
  readonly #brought = new Set<string>();

  constructor(store: Store) {
    this.store = store;
  }

  /**
   * Does some work that puts a blob into the store.
   *
   * @param sha256 of the blob, in hex
   * @throws RB_STORE_UNUSABLE, and what the work throws
   */
  async take<T>(sha256: string, work: () => Promise<T>): Promise<T> {
    if (!(await this.store.get(sha256))) this.#brought.add(sha256);
    return await work();
  }

  /** Does the source's whole work. When what it has read is wrong, the store is left without it. */
  async whole<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isContentFault(error)) for (const sha256 of this.#brought) this.store.drop(sha256);
      throw error;
    }
  }
}
