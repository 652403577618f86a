import { basicAuthorization, type CredentialSource } from './credentials.ts';
import { NetError } from './failure.ts';
import type { TransportRequest, TransportResponse } from './transport.ts';
import { bareUrl, redactUrl } from './url.ts';

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Headers that are for one origin only. */
const PRIVATE = ['authorization', 'cookie', 'proxy-authorization'];

/**
 * The request that a redirect asks for (RFC 9110, section 15.4); undefined when the answer is none.
 *
 * @param credentials gives those of the host that is led to; what a redirect itself says of users is ignored
 * @throws NetError when it leads nowhere, away from http(s), or from https to http
 */
export function nextRequest(
  request: TransportRequest,
  { status, headers }: TransportResponse,
  shown: string,
  credentials: CredentialSource,
): TransportRequest | undefined {
  const location = headers['location'];
  if (!REDIRECTS.has(status) || location === undefined) return undefined;
  const fault = (why: string): NetError =>
    new NetError('RB_NETWORK', `${shown}: ${why}`, { hint: 'check the URL in the recipe', status });
  if (!URL.canParse(location, request.url.href)) throw fault('a redirect to a malformed URL');
  const url = bareUrl(new URL(location, request.url));
  if (!/^https?:$/.test(url.protocol)) throw fault(`a redirect to a ${url.protocol} URL`);
  if (request.url.protocol === 'https:' && url.protocol === 'http:') {
    throw fault(`a redirect from https to http, to ${redactUrl(url.href)}`);
  }
  const isGet = status === 303 || (status < 303 && request.method === 'POST');
  const { body, ...rest } = request;
  return {
    ...rest,
    url,
    method: isGet && request.method !== 'HEAD' ? 'GET' : request.method,
    headers: headersFor(url, request, isGet, credentials),
    ...(!isGet && body && { body }),
  };
}

function headersFor(
  url: URL,
  request: TransportRequest,
  isGet: boolean,
  credentials: CredentialSource,
): Record<string, string> {
  const kept = Object.entries(request.headers).filter(([name]) => !isGet || !name.startsWith('content-'));
  if (url.origin === request.url.origin) return Object.fromEntries(kept);
  const own = credentials(url);
  return {
    ...Object.fromEntries(kept.filter(([name]) => !PRIVATE.includes(name) && name !== 'host')),
    ...(own && { authorization: basicAuthorization(own) }),
  };
}
