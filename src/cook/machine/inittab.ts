import type { MachineRoot } from './machine-root.ts';

/** Lines of inittab: `id:runlevels:action:process` (busybox init/init.c; inittab(5) of sysvinit). */
const INITTAB = '/etc/inittab';

/** What busybox's init does for a root that has none, but for its shells. */
const DEFAULT_INITTAB = `::sysinit:/etc/init.d/rcS
::ctrlaltdel:/sbin/reboot
::shutdown:/bin/umount -a -r
`;

function readLines(root: MachineRoot): string[] {
  const text = root.read(INITTAB) ?? (root.has('/etc/init.d/rcS') ? DEFAULT_INITTAB : withoutRcS());
  return text.replace(/\n$/, '').split('\n');
}

function withoutRcS(): string {
  return DEFAULT_INITTAB.replace(/^.*rcS\n/, '');
}

function writeLines(root: MachineRoot, lines: readonly string[]): void {
  root.write(INITTAB, `${lines.join('\n')}\n`);
}

const actionOf = (line: string): string | undefined =>
  line.startsWith('#') ? undefined : line.split(':')[2];

/**
 * Has busybox's init do something: `sysinit` behind the other things of its kind, `wait` after all of these and
 * before the terminals, `shutdown` before the file systems go.
 *
 * @param command words of a shell; an applet is found whether it has a link or not
 */
export function addAction(root: MachineRoot, action: 'sysinit' | 'wait' | 'shutdown', command: string): void {
  const lines = readLines(root);
  const line = `::${action}:${command.startsWith('/') ? command : asApplets(root, command)}`;
  if (lines.includes(line)) return;
  const last = lines.findLastIndex((other) => actionOf(other) === action);
  const beforeShutdown = lines.findIndex((other) => actionOf(other) === 'shutdown');
  const sysinit = lines.findLastIndex((other) => actionOf(other) === 'sysinit');
  const at =
    action === 'shutdown'
      ? beforeShutdown >= 0
        ? beforeShutdown
        : lines.length
      : (last >= 0 ? last : sysinit) + 1;
  writeLines(root, lines.toSpliced(at, 0, line));
}

/** Takes out what has been added for a command. */
export function removeActions(root: MachineRoot, command: RegExp): void {
  if (root.read(INITTAB) === undefined) return;
  const lines = readLines(root);
  const left = lines.filter((line) => actionOf(line) === undefined || !command.test(line));
  if (left.length < lines.length) writeLines(root, left);
}

/** Puts a getty on a terminal: in the place of the one there, or of the line that is commented out for it. */
export function addGetty(root: MachineRoot, terminal: string, baud: number): void {
  const program = ['/sbin/getty', '/sbin/agetty', '/usr/sbin/agetty'].find((path) => root.has(path));
  // sysvinit wants an id and its runlevels, and refuses lines without.
  const isBusybox = root.tree.resolve('/sbin/init')?.name.startsWith('busybox') ?? false;
  const head = isBusybox ? `${terminal}::` : `${terminal.slice(-4)}:2345:`;
  const getty = program ?? `${busyboxPath(root)} getty`;
  const line = `${head}respawn:${getty} -L ${baud} ${terminal} vt100`;
  const lines = readLines(root);
  const isGetty = new RegExp(`^#?\\s*[^:]*:[^:]*:respawn:.*getty.*\\b${terminal}\\b`);
  const at = lines.findIndex((other) => isGetty.test(other));
  writeLines(root, at >= 0 ? lines.with(at, line) : [...lines, line]);
}

/** Where busybox is, for applets that have no links yet. */
function busyboxPath(root: MachineRoot): string {
  return root.tree.resolve('/sbin/init')!.path;
}

function asApplets(root: MachineRoot, command: string): string {
  const busybox = busyboxPath(root);
  return command
    .split(' | ')
    .map((part) => `${busybox} ${part}`)
    .join(' | ');
}
