import { proxyFor } from '../net/proxy.ts';
import { redactUrl } from '../net/url.ts';
import type { Check } from './check.ts';

export const proxies: Check = {
  id: 'proxies',
  title: 'proxies',
  neededFor: 'the network, where nothing else leads to it',
  required: false,
  patience: 1000,
  look({ env }) {
    const found = ['https', 'http'].flatMap((scheme) => {
      // No list of exceptions holds this name (RFC 2606).
      const proxy = proxyFor(new URL(`${scheme}://host.invalid`), env);
      return proxy ? [`${scheme} by ${redactUrl(proxy.href)}`] : [];
    });
    const exceptions = env['no_proxy'] ?? env['NO_PROXY'];
    if (found.length > 0 && exceptions) found.push(`except for ${exceptions}`);
    return { status: 'ok', found: found.join(', ') || 'none' };
  },
};
