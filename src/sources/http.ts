import { RootlessBakeError } from '../errors.ts';
import { type Host, throwIfAborted } from '../host.ts';

/** True for what {@link httpGet} fetches; anything else is a path. */
export function isHttpUrl(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/** A URL that may be shown: without user, password, query and fragment, where secrets lie. */
export function redactUrl(url: string): string {
  if (!URL.canParse(url)) return 'a malformed URL';
  const parsed = new URL(url);
  if (parsed.username || parsed.password) {
    parsed.username = '***';
    parsed.password = '';
  }
  parsed.search = parsed.search && '?***';
  parsed.hash = '';
  return parsed.href;
}

/**
 * Gets a URL, as a stream. A user and password in it are sent as Basic authentication.
 *
 * @throws RB_NETWORK when there is no answer, an answer other than 200, or it breaks off
 */
export async function* httpGet(
  url: string,
  host: Pick<Host, 'fetch' | 'signal'>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const shown = redactUrl(url);
  const { href, headers } = request(url, shown);
  try {
    const response = await host.fetch(href, { headers, signal: host.signal });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new RootlessBakeError(
        'RB_NETWORK',
        `GET ${shown}: ${response.status} ${response.statusText}`.trim(),
        {
          hint: 'Check the URL in the recipe.',
        },
      );
    }
    if (response.body) yield* response.body as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    throwIfAborted(host.signal);
    if (error instanceof RootlessBakeError) throw error;
    throw new RootlessBakeError('RB_NETWORK', `GET ${shown}: ${reason(error)}`, {
      hint: 'Check the network, the proxy and the URL.',
      cause: error,
    });
  }
}

/** fetch refuses URLs with credentials, so these go into a header. */
function request(url: string, shown: string): { href: string; headers: Record<string, string> } {
  if (!URL.canParse(url)) throw new RootlessBakeError('RB_ARGUMENT', `${shown} cannot be fetched`);
  const parsed = new URL(url);
  const { username, password } = parsed;
  parsed.username = '';
  parsed.password = '';
  if (!username && !password) return { href: parsed.href, headers: {} };
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const basic = Buffer.from(credentials).toString('base64');
  return { href: parsed.href, headers: { authorization: `Basic ${basic}` } };
}

/** fetch says only "fetch failed"; what happened is in the cause. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  return cause.message || ('code' in cause ? String(cause.code) : error.message);
}
