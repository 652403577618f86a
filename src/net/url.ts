import { RootlessBakeError } from '../errors.ts';

/** True for what {@link ./net.ts} fetches; anything else is a path. */
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

/** @throws RB_ARGUMENT when it is no http(s) URL */
export function parseHttpUrl(url: string): URL {
  if (isHttpUrl(url) && URL.canParse(url)) return new URL(url);
  throw new RootlessBakeError('RB_ARGUMENT', `${redactUrl(url)} cannot be fetched`, {
    hint: 'only http and https URLs are fetched',
  });
}

/** The URL without user, password and fragment: what is sent. */
export function bareUrl(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  bare.hash = '';
  return bare;
}
