/**
 * The network, as far as inputs come from it.
 *
 * Beyond the contract of issue 4: a request may have a body and name statuses other than 2xx that it wants
 * back (`statuses`, for the token exchange of registries); a document may be pinned by sha256 and comes from
 * the store then; `new Net(host)` is all that is needed, the rest has defaults.
 */
import type { Host } from '../host.ts';
import { throwIfAborted } from '../host.ts';
import { limitExceeded } from '../store/blob-writer.ts';
import { Store, type StoredBlob } from '../store/store.ts';
import { readContent } from '../tree/content.ts';
import {
  basicAuthorization,
  type CredentialSource,
  netrcCredentials,
  urlCredentials,
} from './credentials.ts';
import { Downloads } from './download.ts';
import { decodedBody, encodingOf, isCompressedFile } from './encoding.ts';
import { connectionError, NetError, statusError } from './failure.ts';
import { fetchTransport } from './fetch-transport.ts';
import { nodeTransport } from './node-transport.ts';
import { offlineError } from './offline.ts';
import { nextRequest } from './redirect.ts';
import { DEFAULT_RETRIES, type Retries, type RetryContext, retrying } from './retry.ts';
import {
  DEFAULT_TIMEOUTS,
  discard,
  type RequestBody,
  type Timeouts,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from './transport.ts';
import { bareUrl, parseHttpUrl, redactUrl } from './url.ts';

export interface NetOptions {
  /** Where downloads are kept. Default: the run's own. */
  readonly store?: Store;
  /** Default: the run's own, which is false unless told. */
  readonly offline?: boolean;
  readonly retries?: Partial<Retries>;
  readonly timeouts?: Partial<Timeouts>;
  /** Users and passwords by host. Default: those of `.netrc`. What a URL or a header itself says goes first. */
  readonly credentials?: CredentialSource;
  /** Default: the host's `fetch` where it has one, else Node's http and the proxies of the environment. */
  readonly transport?: Transport;
}

export interface NetRequest {
  readonly url: string;
  /** What it is, in words for people. */
  readonly what: string;
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The `Accept` header. */
  readonly accept?: string;
  readonly body?: RequestBody;
  /** Statuses beside 2xx that are no error, such as 401 and 404. */
  readonly statuses?: readonly number[];
  readonly signal?: AbortSignal;
}

export interface NetResponse extends TransportResponse {
  /** That answered, after all redirects; it may hold secrets. */
  readonly url: string;
}

export interface DownloadRequest extends Pick<NetRequest, 'url' | 'what' | 'headers' | 'accept' | 'signal'> {
  /** In hex. Without it the blob is fetched each time. */
  readonly sha256?: string | undefined;
  /** In bytes. */
  readonly size?: number | undefined;
  /** The most bytes that are taken. Default {@link DOWNLOAD_LIMIT}. */
  readonly limit?: number | undefined;
}

export interface Document {
  readonly bytes: Uint8Array;
  /** That answered, after all redirects. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Redirects that are followed for one request. */
const MAXIMUM_REDIRECTS = 10;

/** Bytes of a download and of a document, unless told. */
export const DOWNLOAD_LIMIT: number = 16 * 2 ** 30;
export const DOCUMENT_LIMIT: number = 64 << 20;

/** Who asks, for the operators of mirrors. */
const USER_AGENT = 'rootless-bake';

/**
 * Fetches over http and https.
 *
 * - Redirects are followed, at most 10, never from https to http; credentials and cookies stay with the
 *   origin that they were meant for.
 * - What may be cured by waiting is tried again: failed connections, 408, 425, 429 and 5xx, with growing waits
 *   or as long as `Retry-After` says.
 * - No error and no event tells a user, a password, or the query of a URL.
 *
 * All methods throw RB_NETWORK or RB_UNAUTHORIZED ({@link NetError}) for what the network does, RB_OFFLINE,
 * RB_ARGUMENT for a URL that is none, and the reason of the host's signal.
 */
export class Net {
  readonly store: Store;
  readonly offline: boolean;
  readonly #host: Pick<Host, 'signal' | 'emit' | 'now'>;
  readonly #retries: Retries;
  readonly #credentials: CredentialSource;
  readonly #transport: Transport;
  readonly #downloads: Downloads;

  constructor(host: Host, options: NetOptions = {}) {
    this.#host = host;
    this.store = options.store ?? Store.of(host);
    this.offline = options.offline ?? host.offline ?? false;
    this.#retries = { ...DEFAULT_RETRIES, ...options.retries };
    this.#credentials = options.credentials ?? netrcCredentials(host.env);
    this.#transport = options.transport ?? transportOf(host, { ...DEFAULT_TIMEOUTS, ...options.timeouts });
    this.#downloads = new Downloads(host, this.store, {
      send: (request) => this.#send(request),
      retryContext: (request) => this.#retryContext(request),
    });
  }

  /**
   * Sends a request and gives the answer, whose body the caller reads to its end or gives up. What breaks off
   * within the body is the caller's to try again. POST and PATCH are not repeated when the connection fails.
   */
  async request(request: NetRequest): Promise<NetResponse> {
    const isRepeatable = !['POST', 'PATCH'].includes(request.method ?? 'GET');
    return await retrying(async () => {
      try {
        return await this.#send(request);
      } catch (error) {
        if (isRepeatable || !(error instanceof NetError) || error.status === 429) throw error;
        throw new NetError('RB_NETWORK', error.message, { hint: error.hint, cause: error });
      }
    }, this.#retryContext(request));
  }

  /**
   * Sends a request once, redirects included: for work of several requests that {@link again} repeats as a
   * whole, such as an upload, which is begun anew when it breaks off.
   */
  async once(request: NetRequest): Promise<NetResponse> {
    return await this.#send(request);
  }

  /** Does some work until nothing fails in it that may be cured by waiting. */
  async again<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return await retrying(work, this.#retryContext({ ...(signal && { signal }) }));
  }

  /**
   * Fetches a file into the store. One whose sha256 is known is looked for there first, and only asked of
   * the network once, however often it is asked for at the same time.
   *
   * @throws RB_DIGEST_MISMATCH, RB_LIMIT_EXCEEDED; nothing is in the store then
   * @throws RB_STORE_UNUSABLE
   */
  async download(request: DownloadRequest): Promise<StoredBlob> {
    const { sha256, size } = request;
    const stored = sha256 === undefined ? undefined : await this.store.get(sha256, size);
    if (stored) {
      this.store.tally.found += 1;
      return stored;
    }
    if (this.offline) throw offlineError(request.url);
    this.store.tally.made += 1;
    return await this.#downloads.fetch({ limit: DOWNLOAD_LIMIT, ...request });
  }

  /**
   * Fetches something small into memory. With a sha256 it is kept in the store, as {@link download} does;
   * without one it is asked for each time.
   *
   * @throws RB_LIMIT_EXCEEDED when it is larger than the limit, {@link DOCUMENT_LIMIT} unless told
   * @throws RB_DIGEST_MISMATCH
   */
  async document(request: DownloadRequest): Promise<Document> {
    const { url, what, limit = DOCUMENT_LIMIT, size } = request;
    if (request.sha256 !== undefined) {
      const blob = await this.download({ ...request, limit });
      return { bytes: readContent(this.store.content(blob)), url, headers: {} };
    }
    return await retrying(async () => {
      const response = await this.#send(request);
      const bytes = await this.#collect(response, what, Math.min(limit, size ?? limit));
      return { bytes, url: response.url, headers: response.headers };
    }, this.#retryContext(request));
  }

  /** One attempt, redirects included. */
  async #send(request: NetRequest): Promise<NetResponse> {
    if (this.offline) throw offlineError(request.url);
    const first = parseHttpUrl(request.url);
    const signal = this.#signal(request);
    let next: TransportRequest = {
      url: bareUrl(first),
      method: request.method ?? 'GET',
      headers: this.#headers(request, first),
      ...(request.body && { body: request.body }),
      signal,
    };
    for (let redirects = 0; ; redirects += 1) {
      const shown = `${next.method} ${redactUrl(next.url.href)}`;
      const response = await this.#transport(next).catch((error: unknown) => {
        throwIfAborted(signal);
        throw connectionError(shown, error);
      });
      const followed = nextRequest(next, response, shown, this.#credentials);
      if (!followed) return await this.#accept({ ...response, url: next.url.href }, request, shown);
      await discard(response);
      if (redirects === MAXIMUM_REDIRECTS) {
        const hint = 'check the URL in the recipe';
        throw new NetError('RB_NETWORK', `${shown}: more than ${MAXIMUM_REDIRECTS} redirects`, { hint });
      }
      next = followed;
    }
  }

  async #accept(response: NetResponse, request: NetRequest, shown: string): Promise<NetResponse> {
    const { status } = response;
    const { statuses = [] } = request;
    if ((status >= 200 && status < 300) || statuses.includes(status)) {
      return { ...response, body: wording(response.body, shown, this.#signal(request)) };
    }
    await discard(response);
    throw statusError(shown, response);
  }

  /** What the request says itself wins. */
  #headers({ headers = {}, accept, body }: NetRequest, url: URL): Record<string, string> {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const credentials = own['authorization'] ? undefined : (urlCredentials(url) ?? this.#credentials(url));
    return {
      accept: accept ?? '*/*',
      // The digest is of the file as it is, and ranges are only safe of that.
      'accept-encoding': 'identity',
      'user-agent': USER_AGENT,
      ...(body && { 'content-length': String(body.size) }),
      ...(credentials && { authorization: basicAuthorization(credentials) }),
      ...own,
    };
  }

  async #collect(response: NetResponse, what: string, limit: number): Promise<Uint8Array> {
    const encoding = encodingOf(response);
    const isDecoded = encoding !== undefined && !isCompressedFile(response);
    const body = isDecoded ? decodedBody(response, encoding) : response.body;
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of body) {
      size += part.length;
      if (size > limit) throw limitExceeded(what, limit);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  #signal({ signal }: Pick<NetRequest, 'signal'>): AbortSignal {
    return signal ? AbortSignal.any([this.#host.signal, signal]) : this.#host.signal;
  }

  #retryContext(request: Pick<NetRequest, 'signal'>): RetryContext {
    return {
      retries: this.#retries,
      signal: this.#signal(request),
      onRetry: ({ message }, wait) =>
        this.#host.emit({
          type: 'message',
          level: 'info',
          text: `${message}; again in ${(wait / 1000).toFixed(1)} s`,
        }),
    };
  }
}

function transportOf(host: Host, timeouts: Timeouts): Transport {
  return host.fetch ? fetchTransport(host.fetch) : nodeTransport(host.env, timeouts);
}

/** A body whose failure is told in our words. */
function wording(
  body: AsyncIterable<Uint8Array>,
  shown: string,
  signal: AbortSignal,
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks = body[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            return await chunks.next();
          } catch (error) {
            throwIfAborted(signal);
            throw connectionError(shown, error);
          }
        },
        async return() {
          await chunks.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
