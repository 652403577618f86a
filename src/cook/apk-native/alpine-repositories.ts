import type { AlpineBase } from '../options.ts';

/** Alpine's own servers. */
const CDN = 'https://dl-cdn.alpinelinux.org/alpine';

/** Alpine's repositories of a release. */
export function alpineRepositories({ alpine, mirror = CDN }: AlpineBase): string[] {
  const release = /^\d/.test(alpine) ? `v${alpine}` : alpine;
  return ['main', 'community'].map((name) => `${mirror.replace(/\/+$/, '')}/${release}/${name}`);
}
