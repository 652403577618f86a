import type { MachineRoot } from '../machine-root.ts';
import type { NetworkInterface } from '../options.ts';
import { enableUnit, findUnit } from '../services/systemd.ts';
import { unfit } from '../unfit.ts';
import { writeResolvConf } from './resolv-conf.ts';

/** The wired interfaces, by the names that udev gives them and those of the kernel. */
const WIRED = 'en* eth*';

const NETWORKD = 'systemd-networkd.service';
const RESOLVED = 'systemd-resolved.service';

/** Writes files of systemd.network(5), and enables what reads them. */
export function setUpNetworkd(root: MachineRoot, network: readonly NetworkInterface[]): void {
  if (!findUnit(root, NETWORKD)) {
    const hint = 'put systemd-networkd into the root (Fedora: a package of its own)';
    throw unfit('machine.network', `the root has no ${NETWORKD}`, hint);
  }
  for (const [index, item] of network.entries()) {
    const label = item.interface?.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'wired';
    root.write(`/etc/systemd/network/${10 + index}-${label}.network`, networkFile(item));
  }
  enableUnit(root, NETWORKD, 'machine.network');
  if (findUnit(root, RESOLVED)) {
    enableUnit(root, RESOLVED, 'machine.network');
    root.link('/etc/resolv.conf', '../run/systemd/resolve/stub-resolv.conf');
    return;
  }
  writeResolvConf(root, network);
  if (!network.some(({ dns = [] }) => dns.length > 0)) {
    root.warn('machine.network: without systemd-resolved in the root nothing takes name servers from DHCP');
  }
}

function networkFile({ interface: name = WIRED, address, gateway, dns = [] }: NetworkInterface): string {
  const settings = [
    ...(address === undefined ? ['DHCP=yes'] : [address].flat().map((text) => `Address=${text}`)),
    ...[gateway ?? []].flat().map((text) => `Gateway=${text}`),
    ...dns.map((text) => `DNS=${text}`),
  ];
  return `[Match]\nName=${name}\n\n[Network]\n${settings.join('\n')}\n`;
}
