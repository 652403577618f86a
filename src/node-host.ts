import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Host } from './host.ts';

/**
 * A {@link Host} over this process: its environment, the temporary directory of the system, a cache in
 * `$RB_CACHE_DIR`, else in `rootless-bake` under `$XDG_CACHE_HOME` or `~/.cache`, and a store in `$RB_STORE`,
 * else in the cache. It prints nothing and is never aborted unless told.
 *
 * @param over parts to replace
 *
 * @example
 * import { boot, nodeHost } from 'rootless-bake';
 *
 * const host = nodeHost({ emit: (event) => console.error(event) });
 * await boot('hello.img', { expect: 'login:' }, host);
 */
export function nodeHost(over: Partial<Host> = {}): Host {
  const env = over.env ?? process.env;
  return {
    env,
    emit: () => {},
    signal: new AbortController().signal,
    now: () => performance.now(),
    temporaryDirectory: tmpdir(),
    cacheDirectory: cacheDirectory(env),
    ...(env['RB_STORE'] && { storeDirectory: env['RB_STORE'] }),
    ...over,
  };
}

function cacheDirectory(env: Host['env']): string {
  if (env['RB_CACHE_DIR']) return env['RB_CACHE_DIR'];
  const xdg = env['XDG_CACHE_HOME'];
  // The XDG base directory specification: relative paths are to be ignored.
  return join(xdg && isAbsolute(xdg) ? xdg : join(env['HOME'] || homedir(), '.cache'), 'rootless-bake');
}
