import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type ExampleHosts, startExampleHosts } from './example-hosts.ts';
import type { Product } from './product.ts';
import { Sandbox } from './sandbox.ts';
import { folderOf, ordinaryUser } from './users.ts';

/** To be used once the tests have begun. */
export interface ExampleSuite {
  /** An ordinary user's, which reaches the hosts; what is cooked and baked in one is kept for the next. */
  newSandbox(): Sandbox;
  /** What was asked of other hosts, by URL. */
  strangers(): readonly string[];
}

/** The hosts of the examples, while the suite runs in which this is called. */
export function exampleSuite(product: Product): ExampleSuite {
  const user = ordinaryUser();
  const servers = folderOf({ ...user, uid: 0, gid: 0 });
  const cache = folderOf(user);
  let sources: ExampleHosts;

  beforeAll(async () => {
    sources = await startExampleHosts(join(servers, 'hosts'), product.alpine);
  });
  afterAll(async () => {
    await sources?.stop();
    for (const path of [servers, cache]) rmSync(path, { recursive: true, force: true });
  });

  return {
    newSandbox: () => new Sandbox(user, product, { ...sources.hosts.env, RB_CACHE_DIR: cache }),
    strangers: () => sources.hosts.strangers,
  };
}
