import type { MachineRoot } from '../machine-root.ts';
import type { NetworkInterface } from '../options.ts';
import { enableAtUsualLevel, serviceNames } from '../services/openrc.ts';
import { unfit, withoutInit } from '../unfit.ts';
import { setUpBusybox } from './busybox.ts';
import { writeInterfaces } from './interfaces.ts';
import { setUpNetworkd } from './networkd.ts';

/** Sets up the interfaces for the program of the root that brings them up. */
export function setUpNetwork(root: MachineRoot, network: readonly NetworkInterface[]): void {
  switch (root.init) {
    case 'systemd':
      setUpNetworkd(root, network);
      break;
    case 'openrc':
      if (!serviceNames(root).includes('networking')) throw withoutNetworking();
      writeInterfaces(root, network);
      enableAtUsualLevel(root, 'networking');
      break;
    case 'busybox':
      writeInterfaces(root, network);
      setUpBusybox(root, network);
      break;
    default:
      throw withoutInit('machine.network');
  }
}

function withoutNetworking(): Error {
  return unfit(
    'machine.network',
    'OpenRC in the root has no service "networking"',
    "Alpine's openrc and Debian's ifupdown have it; with another one, write its files under machine.files",
  );
}
