import { RootlessBakeError } from '../../errors.ts';
import type { NarInfo, StorePath } from '../../formats/nix/index.ts';
import { NetError } from '../../net/failure.ts';
import type { Net } from '../../net/net.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import { contentChunks } from '../../tree/content.ts';
import type { BinaryCache } from './binary-cache.ts';

/** References of large closures make narinfo files of some ten thousand bytes. */
const NARINFO_LIMIT = 4 << 20;

/** A binary cache over http or https. Archives go into the store. */
export class HttpCache implements BinaryCache {
  readonly shown: string;
  readonly #base: string;
  readonly #net: Net;
  /** sha256 of what was fetched, by its URL. */
  readonly #fetched = new Map<string, string>();

  constructor(url: string, net: Net) {
    const base = new URL(url);
    base.search = '';
    base.hash = '';
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/`;
    this.#base = base.href;
    this.shown = redactUrl(this.#base);
    this.#net = net;
  }

  async narInfo({ base, hash }: StorePath): Promise<string | undefined> {
    const url = new URL(`${hash}.narinfo`, this.#base).href;
    try {
      const found = await this.#net.document({ url, limit: NARINFO_LIMIT, what: `the narinfo of ${base}` });
      return Buffer.from(found.bytes).toString('utf8');
    } catch (error) {
      if (error instanceof NetError && error.status === 404) return undefined;
      throw error;
    }
  }

  async *archive(info: NarInfo): AsyncGenerator<Uint8Array, void, undefined> {
    const { path, fileHash: sha256, fileSize: size } = info;
    const url = this.#urlOf(info);
    const blob = await this.#net.download({ url, sha256, size, what: `the archive of ${path.base}` });
    this.#fetched.set(url, blob.sha256);
    yield* contentChunks(this.#net.store.content(blob));
  }

  forget(info: NarInfo): void {
    const sha256 = this.#fetched.get(this.#urlOf(info));
    if (sha256 !== undefined) this.#net.store.drop(sha256);
  }

  /** Relative to the cache, or whole; credentials of the cache's URL stay with its host. */
  #urlOf({ url }: NarInfo): string {
    const found = URL.canParse(url, this.#base) ? new URL(url, this.#base).href : '';
    if (isHttpUrl(found) && !(this.#base.startsWith('https:') && found.startsWith('http:'))) return found;
    throw new RootlessBakeError(
      'RB_ARCHIVE_DAMAGED',
      `${this.shown} names the archive ${JSON.stringify(url)}`,
    );
  }
}
