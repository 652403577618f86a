import { type ErrorDetails, RootlessBakeError } from '../errors.ts';
import type { TransportResponse } from './transport.ts';

/** A request that came to nothing: RB_NETWORK or RB_UNAUTHORIZED. */
export class NetError extends RootlessBakeError {
  /** True when another attempt may have another outcome. */
  readonly transient: boolean;
  /** Milliseconds that the server asks to wait before the next attempt. */
  readonly retryAfter: number | undefined;
  /** HTTP status, when there was an answer. */
  readonly status: number | undefined;

  constructor(
    code: 'RB_NETWORK' | 'RB_UNAUTHORIZED',
    message: string,
    details: ErrorDetails & { transient?: boolean; retryAfter?: number | undefined; status?: number },
  ) {
    super(code, message, details);
    this.transient = details.transient ?? false;
    this.retryAfter = details.retryAfter;
    this.status = details.status;
  }
}

/** Statuses that say that it is the server's own trouble, or only for now. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Errors of the connection that another attempt cannot cure. */
const LASTING = new Set(['ENOTFOUND', 'ERR_INVALID_CHAR', 'ERR_INVALID_URL', 'ERR_UNESCAPED_CHARACTERS']);

const STATUS_HINTS: Readonly<Record<number, string>> = {
  401: 'give credentials: in the URL, in ~/.netrc, or by docker login for a registry',
  403: 'the credentials, or their absence, do not allow this',
  404: 'check the URL in the recipe',
  410: 'check the URL in the recipe',
  407: 'the proxy wants a user and password: http://user:password@proxy:port',
};

/** The error for an answer that is none of those that were asked for. */
export function statusError(request: string, { status, statusText, headers }: TransportResponse): NetError {
  const code = status === 401 || status === 403 ? 'RB_UNAUTHORIZED' : 'RB_NETWORK';
  return new NetError(code, `${request}: ${status} ${statusText}`.trim(), {
    hint: STATUS_HINTS[status] ?? (TRANSIENT.has(status) ? 'try again later' : 'check the URL in the recipe'),
    transient: TRANSIENT.has(status),
    retryAfter: retryAfter(headers['retry-after']),
    status,
  });
}

/** The error for a connection that failed, or an answer that broke off. */
export function connectionError(request: string, error: unknown): NetError {
  const code = codeOf(error);
  const isCertificate = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/.test(code);
  return new NetError('RB_NETWORK', `${request}: ${reason(error)}`, {
    hint: isCertificate
      ? 'check the clock, or name your own authority in NODE_EXTRA_CA_CERTS'
      : 'check the network, the proxy and the URL',
    transient: !isCertificate && !LASTING.has(code),
    cause: error,
  });
}

/** Seconds or a date, as RFC 9110 section 10.2.3 has it; in milliseconds. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : Math.max(0, time - Date.now());
}

function codeOf(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}

/** fetch says only "fetch failed", and a host with several addresses gives several errors: what lies within. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  if (error.message === 'fetch failed' && error.cause instanceof Error) return reason(error.cause);
  if (error.message === 'aborted') return 'the connection broke off';
  return error.message || codeOf(error) || error.name;
}
