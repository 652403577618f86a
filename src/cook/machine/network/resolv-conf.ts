import type { MachineRoot } from '../machine-root.ts';
import type { NetworkInterface } from '../options.ts';

const RESOLV_CONF = '/etc/resolv.conf';

/** Names the servers of static interfaces; with DHCP alone, its client writes the file. */
export function writeResolvConf(root: MachineRoot, network: readonly NetworkInterface[]): void {
  const servers = [...new Set(network.flatMap(({ dns = [] }) => dns))];
  if (servers.length === 0) return;
  // A link there leads to what another program would write.
  root.remove(RESOLV_CONF);
  root.write(RESOLV_CONF, servers.map((server) => `nameserver ${server}\n`).join(''));
}
