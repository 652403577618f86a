import type { MachineRoot } from '../machine-root.ts';
import type { ServiceChoices } from '../options.ts';
import { unfit, withoutInit } from '../unfit.ts';
import { disableScript, enableScript } from './busybox.ts';
import { disableService, enableBasics, enableService } from './openrc.ts';
import { disableUnit, enableUnit, giveMachineId } from './systemd.ts';

/** Enables and disables services as the init's own command does: rc-update, systemctl, an entry of inittab. */
export function chooseServices(root: MachineRoot, { enable = [], disable = [] }: ServiceChoices): void {
  if (root.init === 'openrc') enableBasics(root);
  if (root.init === 'systemd') giveMachineId(root);
  for (const [index, item] of enable.entries()) {
    const { name, runlevel } = typeof item === 'string' ? { name: item, runlevel: undefined } : item;
    const place = `machine.services.enable[${index}]`;
    if (runlevel !== undefined && root.init !== 'openrc')
      throw unfit(place, 'runlevels are of OpenRC, which the root has not', `write ${name} alone`);
    if (root.init === 'openrc') enableService(root, name, runlevel, place);
    else if (root.init === 'systemd') enableUnit(root, name, place);
    else if (root.init === 'busybox') enableScript(root, name, place);
    else throw withoutInit('machine.services');
  }
  for (const [index, name] of disable.entries()) {
    const place = `machine.services.disable[${index}]`;
    if (root.init === 'openrc') disableService(root, name, place);
    else if (root.init === 'systemd') disableUnit(root, name, place);
    else if (root.init === 'busybox') disableScript(root, name, place);
    else throw withoutInit('machine.services');
  }
}
