import type { Tree } from '../../tree/tree.ts';

/** What runs a machine: the program that the kernel starts, or the one that this starts. */
export type Init = 'openrc' | 'systemd' | 'busybox';

/** In words for people. */
export const INIT_NAMES: Readonly<Record<Init, string>> = {
  openrc: 'OpenRC',
  systemd: 'systemd',
  busybox: "busybox's init",
};

const SYSTEMD = ['/usr/lib/systemd/systemd', '/lib/systemd/systemd'];

/**
 * Tells by /sbin/init; where OpenRC is installed, init (busybox's, sysvinit's or its own) starts it. A root
 * without /sbin/init that has systemd may become one by a link in its recipe.
 */
export function detectInit(tree: Tree): Init | undefined {
  const name = tree.resolve('/sbin/init')?.name;
  if (name === 'systemd') return 'systemd';
  if (name === undefined) return SYSTEMD.some((path) => tree.resolve(path)) ? 'systemd' : undefined;
  if (name === 'openrc-init' || tree.resolve('/sbin/openrc')) return 'openrc';
  return name.startsWith('busybox') ? 'busybox' : undefined;
}
