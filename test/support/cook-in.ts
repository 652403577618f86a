import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cook } from '../../src/cook/cook.ts';
import type { CookedRoot, CookOptions } from '../../src/cook/options.ts';
import { Net } from '../../src/net/net.ts';
import { testHost } from './host.ts';
import { meansOf } from './means.ts';

/**
 * Cooks in this process with all its folders in one: `cache` with the store, `tmp`, and `home`, where credentials are
 * looked for. There is no proot, and what fails on the way is tried only once more.
 */
export async function cookIn(
  folder: string,
  options: CookOptions,
  env: Readonly<Record<string, string>> = {},
): Promise<CookedRoot> {
  for (const name of ['cache', 'tmp', 'home']) mkdirSync(join(folder, name), { recursive: true });
  const { host } = testHost({
    env: { RB_PROOT: '/nonexistent', HOME: join(folder, 'home'), ...env },
    temporaryDirectory: join(folder, 'tmp'),
    cacheDirectory: join(folder, 'cache'),
  });
  const net = new Net(host, { retries: { attempts: 2, delay: 1 } });
  return await cook(options, host, meansOf(host, net));
}
