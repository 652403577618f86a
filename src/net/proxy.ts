import { BlockList, isIP } from 'node:net';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { basicAuthorization, urlCredentials } from './credentials.ts';
import { redactUrl } from './url.ts';

/**
 * The proxy that the environment names for a URL, by the conventions of curl: `http_proxy`, `https_proxy`,
 * `all_proxy` and `no_proxy`, in lower case or else in upper case. A proxy without a scheme is an http one.
 *
 * @throws RB_ARGUMENT for a proxy that is neither http nor https, such as socks
 */
export function proxyFor(url: URL, env: Host['env']): URL | undefined {
  const named = variable(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy');
  const proxy = named ?? variable(env, 'all_proxy');
  if (!proxy || isExcepted(url, variable(env, 'no_proxy') ?? '')) return undefined;
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
  if (/^https?:/i.test(full) && URL.canParse(full)) return new URL(full);
  throw new RootlessBakeError(
    'RB_ARGUMENT',
    `the proxy ${redactUrl(full)} of the environment cannot be used`,
    {
      hint: 'http_proxy, https_proxy and all_proxy name http:// or https:// proxies',
    },
  );
}

/** The header that tells a proxy who asks; none for a proxy without user and password. */
export function proxyAuthorization(proxy: URL): Record<string, string> {
  const credentials = urlCredentials(proxy);
  return credentials ? { 'proxy-authorization': basicAuthorization(credentials) } : {};
}

/** A variable by its name in lower case or else in upper case; an empty one in lower case counts. */
function variable(env: Host['env'], name: string): string | undefined {
  return env[name] ?? env[name.toUpperCase()];
}

/**
 * Whether a list of exceptions holds the URL's host: a name stands for itself and for all names below it
 * (`example.com`, `.example.com`, `*.example.com`), an address for itself, an address with a prefix
 * (`10.0.0.0/8`) for its network, `*` for all; each may be followed by a port.
 */
function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((rule) => rule !== '')
    .some((rule) => rule === '*' || matches(rule, host, port));
}

function matches(rule: string, host: string, port: string): boolean {
  const [, bracketed, plain, rulePort] = /^(?:\[([^\]]*)\]|([^:]*|.*:.*:.*?))(?::(\d+))?$/.exec(rule) ?? [];
  if (rulePort !== undefined && rulePort !== port) return false;
  const name = (bracketed ?? plain ?? rule).replace(/^\*?\./, '').replace(/\.$/, '');
  if (name.includes('/')) return inNetwork(name, host);
  return host === name || (isIP(host) === 0 && host.replace(/\.$/, '').endsWith(`.${name}`));
}

function inNetwork(network: string, host: string): boolean {
  const [address, prefix] = network.split('/') as [string, string];
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^\d{1,3}$/.test(prefix)) return false;
  const bits = Number(prefix);
  if (bits > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, bits, type);
  return list.check(host, type);
}
