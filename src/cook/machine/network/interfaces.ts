import { isIPv6 } from 'node:net';
import type { MachineRoot } from '../machine-root.ts';
import type { NetworkInterface } from '../options.ts';
import { unfit } from '../unfit.ts';
import { writeResolvConf } from './resolv-conf.ts';

const DEFAULT_INTERFACE = 'eth0';

/** Writes /etc/network/interfaces: interfaces(5), in the words that all of its readers know. */
export function writeInterfaces(root: MachineRoot, network: readonly NetworkInterface[]): void {
  const stanzas = network.map((item, index) => stanza(item, `machine.network[${index}]`));
  root.write('/etc/network/interfaces', ['auto lo\niface lo inet loopback\n', ...stanzas].join('\n'));
  writeResolvConf(root, network);
}

function stanza({ interface: name = DEFAULT_INTERFACE, ...item }: NetworkInterface, place: string): string {
  if (/[*? ]/.test(name)) {
    throw unfit(
      `${place}.interface`,
      `${JSON.stringify(name)} is a pattern, which only systemd-networkd knows`,
    );
  }
  const addresses = [item.address ?? []].flat();
  const gateways = [item.gateway ?? []].flat();
  if (addresses.length === 0) return `auto ${name}\niface ${name} inet dhcp\n`;
  const families = addresses.map((address) => (isIPv6(address.split('/')[0]!) ? 'inet6' : 'inet'));
  if (new Set(families).size < families.length) {
    throw unfit(`${place}.address`, 'ifupdown takes one address of each family', 'leave one');
  }
  const parts = addresses.map((text, index) => {
    const [address, prefix] = text.split('/');
    const family = families[index]!;
    const gateway = gateways.find((other) => isIPv6(other) === (family === 'inet6'));
    const netmask = family === 'inet6' ? prefix : netmaskOf(Number(prefix));
    const lines = [`iface ${name} ${family} static`, `\taddress ${address}`, `\tnetmask ${netmask}`];
    return `${[...lines, ...(gateway === undefined ? [] : [`\tgateway ${gateway}`])].join('\n')}\n`;
  });
  return `auto ${name}\n${parts.join('')}`;
}

/** 24: `255.255.255.0`, which old readers want. */
function netmaskOf(prefix: number): string {
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.');
}
