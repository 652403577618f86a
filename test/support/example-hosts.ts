import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pushAlpineImage } from './alpine-image.ts';
import { DockerRegistry } from './docker-registry.ts';
import { type Answer, filesOf, PublicHosts, passedTo } from './public-hosts.ts';

/** Where recipes of the examples and the documents get their inputs, with Alpine's real files. */
export interface ExampleHosts {
  readonly hosts: PublicHosts;
  readonly registry: DockerRegistry;
  stop(): Promise<void>;
}

/** @param folder for the servers' files, which other users may read then */
export async function startExampleHosts(
  folder: string,
  alpine: string,
  more: Readonly<Record<string, Answer>> = {},
): Promise<ExampleHosts> {
  mkdirSync(folder, { recursive: true });
  const registry = await DockerRegistry.start(folder);
  pushAlpineImage(registry, alpine, folder);
  const apks = join(alpine, 'apks');
  const hosts = await PublicHosts.start(folder, {
    'dl-cdn.alpinelinux.org': filesOf({
      '/alpine/v3.19/releases/x86_64/': alpine,
      '/alpine/v3.19/main/': apks,
      '/alpine/v3.19/community/': apks,
    }),
    'registry-1.docker.io': passedTo(registry.host),
    'registry.example': passedTo(registry.host),
    ...more,
  });
  const stop = async (): Promise<void> => {
    await hosts.stop();
    await registry.stop();
  };
  return { hosts, registry, stop };
}
