import { addGetty } from './inittab.ts';
import type { MachineRoot } from './machine-root.ts';
import { enableService } from './services/openrc.ts';
import { enableUnit } from './services/systemd.ts';
import { setVariable } from './settings.ts';
import { unfit, withoutInit } from './unfit.ts';

/** Bits a second, where the recipe says nothing. */
const BAUD = 115200;

/** Offers a login on a serial terminal, to root as well. */
export function setUpConsole(root: MachineRoot, console: string): void {
  const [terminal = '', rate] = console.split(',');
  const baud = rate === undefined ? BAUD : Number(rate);
  switch (root.init) {
    case 'systemd':
      setUpUnit(root, terminal, baud);
      break;
    case 'openrc':
    case 'busybox':
      if (root.tree.resolve('/sbin/init')?.name === 'openrc-init') setUpService(root, terminal, baud);
      else addGetty(root, terminal, baud);
      break;
    default:
      throw withoutInit('machine.console');
  }
  allowRoot(root, terminal);
}

/** OpenRC's own init reads no inittab: a terminal is a service, by a link to the one for all of them. */
function setUpService(root: MachineRoot, terminal: string, baud: number): void {
  const name = `agetty.${terminal}`;
  if (!root.has('/etc/init.d/agetty'))
    throw unfit('machine.console', 'openrc-init has no service agetty in the root');
  root.link(`/etc/init.d/${name}`, 'agetty');
  setVariable(root, `/etc/conf.d/${name}`, 'baud', String(baud));
  enableService(root, name, undefined, 'machine.console');
}

/** systemd's unit keeps the rate that the kernel has set, or takes 115200; another is settled in a drop-in. */
function setUpUnit(root: MachineRoot, terminal: string, baud: number): void {
  const unit = `serial-getty@${terminal}.service`;
  enableUnit(root, unit, 'machine.console');
  if (baud === BAUD) return;
  const command = `-/sbin/agetty -o '-p -- \\\\u' ${baud} - $TERM`;
  root.write(`/etc/systemd/system/${unit}.d/baud.conf`, `[Service]\nExecStart=\nExecStart=${command}\n`);
}

/** Where /etc/securetty is, root logs in only on the terminals that it names. */
function allowRoot(root: MachineRoot, terminal: string): void {
  const text = root.read('/etc/securetty');
  if (text === undefined || text.split('\n').includes(terminal)) return;
  root.write('/etc/securetty', `${text.replace(/\n*$/, '\n')}${terminal}\n`);
}
