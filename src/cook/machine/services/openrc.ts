import { didYouMean } from '../../../suggest.ts';
import type { MachineRoot } from '../machine-root.ts';
import { setVariable } from '../settings.ts';
import { unfit } from '../unfit.ts';

const SCRIPTS = '/etc/init.d';
const RUNLEVELS = '/etc/runlevels';

/**
 * The services of a plain machine at their runlevels, as Alpine's installer enables them; those that others need
 * (fsck, root, localmount) come by themselves.
 */
const BASICS: Readonly<Record<string, readonly string[]>> = {
  sysinit: ['devfs', 'dmesg', 'mdev', 'hwdrivers'],
  boot: ['modules', 'hwclock', 'sysctl', 'hostname', 'bootmisc', 'seedrng', 'syslog'],
  shutdown: ['mount-ro', 'killprocs', 'savecache'],
};

/** Of the basics, what only loads modules: without any in the root it fails loudly, and does nothing. */
const LOADERS = ['mdev', 'hwdrivers', 'modules'];

/** What else belongs to another runlevel than `default`. */
const USUAL: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(BASICS).flatMap(([level, names]) => names.map((name) => [name, level])),
  ),
  ...Object.fromEntries(
    ['sysfs', 'procfs', 'udev', 'udev-trigger', 'cgroups'].map((name) => [name, 'sysinit']),
  ),
  ...Object.fromEntries(
    [
      'fsck',
      'root',
      'localmount',
      'loopback',
      'swap',
      'swclock',
      'networking',
      'loadkmap',
      'keymaps',
      'klogd',
    ].map((name) => [name, 'boot']),
  ),
};

/** The services that the root has, sorted. */
export function serviceNames(root: MachineRoot): string[] {
  return root.list(SCRIPTS).filter((name) => !name.endsWith('.sh'));
}

/** Where nobody has chosen yet what comes up first, as in a root of packages alone, that is what every machine has. */
export function enableBasics(root: MachineRoot): void {
  if (
    ['sysinit', 'boot'].some((level) =>
      root.list(`${RUNLEVELS}/${level}`).some((name) => !isOurs(root, level, name)),
    )
  )
    return;
  const hasModules = root.list('/lib/modules').length > 0;
  const known = serviceNames(root).filter((name) => hasModules || !LOADERS.includes(name));
  for (const [level, names] of Object.entries(BASICS))
    for (const name of names) if (known.includes(name)) link(root, name, level);
  // It wants the service that loads modules, which would come up with it.
  if (!hasModules && known.includes('hwclock'))
    setVariable(root, '/etc/conf.d/hwclock', 'rc_want', '!modules');
}

/** Enables a service that another key of the machine needs, if the root has it. */
export function enableAtUsualLevel(root: MachineRoot, name: string): void {
  if (serviceNames(root).includes(name) && levelsOf(root, name).length === 0)
    link(root, name, usualLevel(name));
}

/**
 * As `rc-update add`; without a runlevel at the usual one, or where it is already.
 *
 * @param place in the recipe
 */
export function enableService(
  root: MachineRoot,
  name: string,
  runlevel: string | undefined,
  place: string,
): void {
  if (!serviceNames(root).includes(name)) throw unknown(root, name, place);
  if (!root.isProgram(`${SCRIPTS}/${name}`))
    throw unfit(place, `${SCRIPTS}/${name} cannot be run`, 'give the file the mode "0755"');
  if (runlevel === undefined && levelsOf(root, name).length > 0) return;
  const level = runlevel ?? usualLevel(name);
  const levels = root.list(RUNLEVELS);
  if (runlevel !== undefined && !levels.includes(level)) {
    const hint = didYouMean(level, levels) ?? `it has ${levels.join(', ')}`;
    throw unfit(`${place}.runlevel`, `OpenRC in the root has no runlevel ${JSON.stringify(level)}`, hint);
  }
  link(root, name, level);
}

/** As `rc-update del --all`. */
export function disableService(root: MachineRoot, name: string, place: string): void {
  const levels = levelsOf(root, name);
  if (levels.length === 0 && !serviceNames(root).includes(name)) throw unknown(root, name, place);
  for (const level of levels) root.remove(`${RUNLEVELS}/${level}/${name}`);
}

function link(root: MachineRoot, name: string, level: string): void {
  root.makeDirectory(`${RUNLEVELS}/${level}`);
  root.link(`${RUNLEVELS}/${level}/${name}`, `${SCRIPTS}/${name}`);
}

function levelsOf(root: MachineRoot, name: string): string[] {
  return root.list(RUNLEVELS).filter((level) => root.list(`${RUNLEVELS}/${level}`).includes(name));
}

function usualLevel(name: string): string {
  return USUAL[name] ?? 'default';
}

/** Whether a link at a runlevel is one that another key of the machine has made. */
function isOurs(root: MachineRoot, level: string, name: string): boolean {
  return root.tree.get(root.place(`${RUNLEVELS}/${level}/${name}`))?.origin === root.meta().origin;
}

function unknown(root: MachineRoot, name: string, place: string): Error {
  const names = serviceNames(root);
  const hint =
    didYouMean(name, names) ??
    `on Alpine the package ${name}-openrc may hold it; ${names.length > 0 ? `the root has ${names.join(', ')}` : `${SCRIPTS} is empty`}`;
  return unfit(place, `the root has no service ${JSON.stringify(name)}`, hint);
}
