import { RootlessBakeError } from '../../errors.ts';
import type { StorePath } from '../../formats/nix/index.ts';
import { NetError } from '../../net/failure.ts';
import { isHttpUrl, redactUrl } from '../../net/url.ts';
import type { StoredBlob } from '../../store/store.ts';
import { contentChunks } from '../../tree/content.ts';
import type { SourceMeans } from '../means.ts';
import type { Archive, ArchiveFile, BinaryCache } from './binary-cache.ts';

/** References of large closures make narinfo files of some ten thousand bytes. */
const NARINFO_LIMIT = 4 << 20;

/** A binary cache over http or https. Archives go into the store. */
export class HttpCache implements BinaryCache {
  readonly shown: string;
  readonly #base: string;
  readonly #means: Pick<SourceMeans, 'net' | 'store'>;
  /** What was fetched, by its URL. */
  readonly #fetched = new Map<string, StoredBlob>();

  constructor(url: string, means: Pick<SourceMeans, 'net' | 'store'>) {
    const base = new URL(url);
    base.search = '';
    base.hash = '';
    base.pathname = `${base.pathname.replace(/\/+$/, '')}/`;
    this.#base = base.href;
    this.shown = redactUrl(this.#base);
    this.#means = means;
  }

  async narInfo({ base, hash }: StorePath): Promise<string | undefined> {
    const url = new URL(`${hash}.narinfo`, this.#base).href;
    const net = await this.#means.net();
    try {
      const found = await net.document({ url, limit: NARINFO_LIMIT, what: `the narinfo of ${base}` });
      return Buffer.from(found.bytes).toString('utf8');
    } catch (error) {
      if (error instanceof NetError && error.status === 404) return undefined;
      throw error;
    }
  }

  async *archive(archive: Archive): AsyncGenerator<Uint8Array, void, undefined> {
    yield* contentChunks(this.#means.store.content(await this.#fetch(archive)));
  }

  location(archive: Archive): string {
    return redactUrl(this.#urlOf(archive));
  }

  async file(archive: Archive): Promise<ArchiveFile> {
    const { fileHash: sha256, fileSize: size } = archive;
    const fetched = this.#fetched.get(this.#urlOf(archive));
    if (fetched) return fetched;
    return sha256 !== undefined && size !== undefined ? { sha256, size } : await this.#fetch(archive);
  }

  forget(archive: Archive): void {
    const fetched = this.#fetched.get(this.#urlOf(archive));
    if (fetched) this.#means.store.drop(fetched.sha256);
  }

  async #fetch(archive: Archive): Promise<StoredBlob> {
    const { path, fileHash: sha256, fileSize: size } = archive;
    const url = this.#urlOf(archive);
    const net = await this.#means.net();
    const blob = await net.download({ url, sha256, size, what: `the archive of ${path.base}` });
    this.#fetched.set(url, blob);
    return blob;
  }

  /** Relative to the cache, or whole; credentials of the cache's URL stay with its host. */
  #urlOf({ url }: Archive): string {
    const found = URL.canParse(url, this.#base) ? new URL(url, this.#base).href : '';
    if (isHttpUrl(found) && !(this.#base.startsWith('https:') && found.startsWith('http:'))) return found;
    throw new RootlessBakeError(
      'RB_ARCHIVE_DAMAGED',
      `${this.shown} names the archive ${JSON.stringify(url)}`,
      { hint: 'no honest binary cache does: do not use it' },
    );
  }
}
