import { readNarInPlace } from '../../formats/nar/index.ts';
import type { NarInfo } from '../../formats/nix/index.ts';
import type { Store } from '../../store/store.ts';
import type { Entry } from '../../tree/entry.ts';
import { isContentFault } from '../content-fault.ts';
import { type Archive, archiveName, type BinaryCache, narOf } from './binary-cache.ts';

/** An archive, and what it must be when it is decompressed. */
export type Nar = Archive & Pick<NarInfo, 'narHash' | 'narSize'>;

/** Names what a closure is made of in `cache ls`. */
const KIND = 'nar';

/** What archives hold, each read once. Contents lie in the store, which keeps archives decompressed. */
export class Archives {
  readonly #cache: BinaryCache;
  readonly #store: Store;
  readonly #entries = new Map<string, Promise<Entry>>();

  constructor(cache: BinaryCache, store: Store) {
    this.#cache = cache;
    this.#store = store;
  }

  /**
   * What lies at a store path. Its archive is fetched only when the store lacks it; one that is not what it must be,
   * or no NAR, does not stay there.
   *
   * @throws RB_DIGEST_MISMATCH, RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED
   * @throws RB_STORE_UNUSABLE, and what the cache throws
   */
  entry(nar: Nar): Promise<Entry> {
    const { base } = nar.path;
    let entry = this.#entries.get(base);
    if (!entry) {
      entry = this.#read(nar);
      this.#entries.set(base, entry);
    }
    return entry;
  }

  async #read(nar: Nar): Promise<Entry> {
    const { narHash: sha256, narSize: size, path } = nar;
    const [cache, store] = [this.#cache, this.#store];
    const what = archiveName(cache, nar);
    try {
      const expect = { sha256, size, what: path.base, kind: KIND };
      const blob = (await store.get(sha256, size)) ?? (await store.put(narOf(cache, nar, what), expect));
      return await readNarInPlace(store.content(blob), { origin: `nix ${path.name}`, what });
    } catch (error) {
      if (isContentFault(error)) {
        cache.forget(nar);
        store.drop(sha256);
      }
      throw error;
    }
  }
}
