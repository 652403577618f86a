/** One request on its way, as {@link ./net.ts} hands it to whatever carries it. */
export interface TransportRequest {
  /** Without user, password and fragment. */
  readonly url: URL;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly signal: AbortSignal;
}

/** What is sent with a request. It may be opened again for another attempt. */
export interface RequestBody {
  /** In bytes. */
  readonly size: number;
  open(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** The answer as it comes: no redirect followed, nothing decoded. */
export interface TransportResponse {
  readonly status: number;
  readonly statusText: string;
  /** Names in lower case; several of one name are joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end, or given up by its iterator's `return`. Throws when it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries one request. Throws whatever error the connection meets. */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** Milliseconds of silence after which a request is given up. */
export interface Timeouts {
  /** Until the connection stands, TLS and proxy included. */
  readonly connect: number;
  /** From then on until the headers are there. */
  readonly headers: number;
  /** Between two pieces of a body. */
  readonly stall: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = { connect: 30_000, headers: 60_000, stall: 60_000 };

/** Gives up what is not read of a body, and with it the connection. */
export async function discard(response: Pick<TransportResponse, 'body'>): Promise<void> {
  await response.body[Symbol.asyncIterator]().return?.();
}
