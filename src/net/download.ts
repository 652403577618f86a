import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { type BlobWriter, limitExceeded } from '../store/blob-writer.ts';
import type { Store, StoredBlob } from '../store/store.ts';
import { decodedBody, type Encoding, encodingOf, isCompressedFile } from './encoding.ts';
import { NetError } from './failure.ts';
import type { DownloadRequest, NetRequest, NetResponse } from './net.ts';
import { type Transfer, TransferProgress } from './progress.ts';
import { type RetryContext, retrying } from './retry.ts';
import { Slots } from './slots.ts';
import { discard } from './transport.ts';
import { parseHttpUrl, redactUrl } from './url.ts';

/** Downloads at once from one host. */
const PER_HOST = 6;

type Send = (request: NetRequest) => Promise<NetResponse>;

/** What downloads need of {@link ./net.ts}. */
export interface DownloadMeans {
  /** One attempt, redirects included. */
  readonly send: Send;
  readonly retryContext: (request: Pick<NetRequest, 'signal'>) => RetryContext;
}

/** All downloads of a run: so many at once, each sha256 once, one progress. */
export class Downloads {
  readonly #store: Store;
  readonly #means: DownloadMeans;
  readonly #progress: TransferProgress;
  readonly #slots = new Slots(PER_HOST);
  readonly #underWay = new Map<string, Promise<StoredBlob>>();

  constructor(host: Pick<Host, 'emit' | 'now' | 'signal'>, store: Store, means: DownloadMeans) {
    this.#store = store;
    this.#means = means;
    this.#progress = new TransferProgress(host);
  }

  async fetch(request: DownloadRequest): Promise<StoredBlob> {
    const { sha256 } = request;
    if (sha256 === undefined) return await this.#fetch(request);
    const key = sha256.toLowerCase();
    const known = this.#underWay.get(key);
    if (known) return await known;
    const download = this.#fetch(request);
    this.#underWay.set(key, download);
    try {
      return await download;
    } finally {
      this.#underWay.delete(key);
    }
  }

  #fetch(request: DownloadRequest): Promise<StoredBlob> {
    return this.#slots.run(parseHttpUrl(request.url).host, () => this.#transfer(request));
  }

  async #transfer(request: DownloadRequest): Promise<StoredBlob> {
    const { sha256, size, limit, what, url } = request;
    const writer = this.#store.writer({ sha256, size, limit, what, url: redactUrl(url) });
    const transfer = this.#progress.begin(size);
    const download = new Download(request, writer, transfer, this.#means.send);
    let [keep, isDone] = [false, false];
    try {
      await this.#complete(download, request).catch((error: unknown) => {
        if (!download.hasAnotherWay(error)) throw error;
        return this.#complete(download, request);
      });
      isDone = true;
      return this.#store.blobOf(writer);
    } catch (error) {
      // A part is worth keeping only when it was the line that failed.
      keep = error instanceof RootlessBakeError && ['RB_NETWORK', 'RB_INTERRUPTED'].includes(error.code);
      throw error;
    } finally {
      writer.abandon({ keep });
      transfer.end(isDone);
    }
  }

  async #complete(download: Download, request: DownloadRequest): Promise<void> {
    const context = this.#means.retryContext(request);
    await retrying(
      () => download.attempt(),
      context,
      () => download.hasAdvanced(),
    );
    download.commit();
  }
}

/** One download, attempt by attempt. */
class Download {
  readonly #request: DownloadRequest;
  readonly #writer: BlobWriter;
  readonly #transfer: Transfer;
  readonly #send: Send;
  /** Tells one version of the file from another: a strong ETag or a date. */
  #validator: string | undefined;
  #before = 0;
  /** The encoding of the last answer, and whether it was taken away. */
  #encoding: Encoding | undefined;
  #isDecoded: boolean | undefined;
  #wasResumed = false;

  constructor(request: DownloadRequest, writer: BlobWriter, transfer: Transfer, send: Send) {
    this.#request = request;
    this.#writer = writer;
    this.#transfer = transfer;
    this.#send = send;
  }

  /** Whether the last attempt brought more than those before it. */
  hasAdvanced(): boolean {
    return this.#writer.size > this.#before;
  }

  /** Fetches what is missing. */
  async attempt(): Promise<void> {
    const writer = this.#writer;
    if (!this.#canResume()) writer.restart();
    this.#before = writer.size;
    if (writer.size > 0 && writer.size === this.#request.size) return;
    const response = await this.#send({ ...this.#request, headers: this.#headers(), statuses: [416] });
    const start = this.#startOf(response);
    if (start === undefined) {
      await discard(response);
      writer.restart();
      throw new NetError('RB_NETWORK', `GET ${redactUrl(response.url)}: the answer is not what is missing`, {
        transient: true,
      });
    }
    if (start === 0 && writer.size > 0) writer.restart();
    this.#wasResumed ||= start > 0;
    this.#validator = validatorOf(response);
    await this.#receive(response, start);
  }

  /** Checks what is there and gives it its name. */
  commit(): void {
    this.#writer.commit();
  }

  /**
   * Whether the way that the bytes came may be what is wrong with them: put together from two answers, or
   * with an encoding that belongs to them, or does not. The next attempt goes the other way.
   */
  hasAnotherWay(error: unknown): boolean {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_DIGEST_MISMATCH') return false;
    if (this.#encoding === undefined && !this.#wasResumed) return false;
    if (this.#encoding !== undefined) this.#isDecoded = !this.#isDecoded;
    this.#wasResumed = false;
    this.#writer.restart();
    return true;
  }

  /** Without a digest, only a server that tells versions apart may go on where it broke off. */
  #canResume(): boolean {
    if (this.#encoding !== undefined) return false;
    return this.#request.sha256 !== undefined || this.#validator !== undefined;
  }

  #headers(): Record<string, string> {
    const { headers = {} } = this.#request;
    const { size } = this.#writer;
    if (size === 0) return headers;
    const condition = this.#validator === undefined ? {} : { 'if-range': this.#validator };
    return { ...headers, range: `bytes=${size}-`, ...condition };
  }

  /** Where in the file the answer begins; undefined when it does not fit. */
  #startOf({ status, headers }: NetResponse): number | undefined {
    if (status === 416) return undefined;
    if (status !== 206) return 0;
    const start = Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? Number.NaN);
    return start === this.#writer.size ? start : undefined;
  }

  async #receive(response: NetResponse, start: number): Promise<void> {
    const { size, what } = this.#request;
    this.#encoding = encodingOf(response);
    if (this.#encoding === undefined) {
      const length = Number(response.headers['content-length'] ?? Number.NaN);
      const total = Number.isSafeInteger(length) ? start + length : undefined;
      const fault = total === undefined ? undefined : this.#sizeFault(total);
      if (fault) {
        await discard(response);
        throw fault;
      }
      this.#transfer.expect(total ?? size);
    } else {
      this.#isDecoded ??= !isCompressedFile(response);
    }
    const isDecoded = this.#encoding !== undefined && this.#isDecoded;
    const body = isDecoded ? decodedBody(response, this.#encoding!) : response.body;
    for await (const chunk of body) {
      this.#writer.write(chunk);
      this.#transfer.reach(this.#writer.size);
    }
    const isFramed = 'content-length' in response.headers || 'transfer-encoding' in response.headers;
    if (isFramed || isDecoded || size === undefined || this.#writer.size >= size) return;
    // Where the end of the connection is the end of the body, nobody can tell an early end.
    const came = `${what} ended after ${this.#writer.size} of ${size} bytes`;
    throw new NetError('RB_NETWORK', `GET ${redactUrl(response.url)}: ${came}`, {
      hint: 'try again later, or from another place',
      transient: true,
    });
  }

  /** What is wrong with a file of so many bytes. */
  #sizeFault(total: number): RootlessBakeError | undefined {
    const { size, limit, what } = this.#request;
    if (limit !== undefined && total > limit) return limitExceeded(what, limit);
    if (size === undefined || total === size) return undefined;
    return new RootlessBakeError('RB_DIGEST_MISMATCH', `${what} has ${total} bytes instead of ${size}`, {
      hint: 'it was changed or damaged: fetch it from another place, or update what pins it',
    });
  }
}

function validatorOf({ headers }: NetResponse): string | undefined {
  const { etag } = headers;
  if (etag !== undefined) return etag.startsWith('W/') ? undefined : etag;
  return headers['last-modified'];
}
