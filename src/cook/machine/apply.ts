import type { Emit } from '../../events.ts';
import type { Tree } from '../../tree/tree.ts';
import { setUpAccounts } from './accounts/accounts.ts';
import { setUpConsole } from './console.ts';
import { putFiles } from './files.ts';
import { setHostname } from './hostname.ts';
import { setKeymap } from './keymap.ts';
import { MachineRoot } from './machine-root.ts';
import { setUpNetwork } from './network/network.ts';
import type { MachineSetup } from './options.ts';
import { chooseServices } from './services/services.ts';
import { setTimezone } from './timezone.ts';

export interface MachineRun {
  /** Seconds since 1970. */
  readonly epoch: number;
  /** Is told of what is no error, and still may not be what was meant. */
  readonly emit: Emit;
}

/**
 * Makes a machine of a cooked root, in place: no program of it is run. Files come first after the accounts that own
 * them, so that services may be enabled which they bring.
 *
 * @throws RB_MACHINE_INVALID for what the root cannot give: a service, group, shell, time zone or keymap that it has
 *   not, a number that is taken, an init that nobody knows
 * @throws RB_INPUT_NOT_FOUND, RB_INPUT_UNREADABLE for the source of a file
 */
export function applyMachine(tree: Tree, setup: MachineSetup, { epoch, emit }: MachineRun): void {
  const root = new MachineRoot(tree, epoch, emit);
  const { users, root: account, files, hostname, timezone, keymap, network, console, services } = setup;
  setUpAccounts(root, users ?? [], account);
  putFiles(root, files ?? []);
  if (hostname !== undefined) setHostname(root, hostname);
  if (timezone !== undefined) setTimezone(root, timezone);
  if (keymap !== undefined) setKeymap(root, keymap);
  if (network !== undefined) setUpNetwork(root, [network].flat());
  if (console !== undefined) setUpConsole(root, console);
  chooseServices(root, services ?? {});
}
