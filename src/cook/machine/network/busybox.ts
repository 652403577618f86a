import { addAction } from '../inittab.ts';
import type { MachineRoot } from '../machine-root.ts';
import type { NetworkInterface } from '../options.ts';

/** Where builds of busybox look for what udhcpc runs: upstream's place, and Debian's. */
const SCRIPTS = ['/usr/share/udhcpc/default.script', '/etc/udhcpc/default.script'] as const;

/** Sets up an interface as udhcpc has learned; the names of the variables are udhcpc's. */
const SCRIPT = `#!/bin/sh
case "$1" in
  deconfig)
    ip link set "$interface" up
    ip -4 addr flush dev "$interface"
    ;;
  bound | renew)
    ip -4 addr flush dev "$interface"
    ip addr add "$ip/\${mask:-24}" dev "$interface"
    for gateway in $router; do
      ip route add default via "$gateway" dev "$interface"
      break
    done
    for server in $dns; do echo "nameserver $server"; done > /etc/resolv.conf
    ;;
esac
`;

/** Has busybox's init bring the interfaces up with its own ifup, unless a script of the root does. */
export function setUpBusybox(root: MachineRoot, network: readonly NetworkInterface[]): void {
  const isDynamic = network.some(({ address }) => address === undefined);
  if (isDynamic && !SCRIPTS.some((path) => root.has(path)))
    for (const path of SCRIPTS) root.write(path, SCRIPT, { mode: 0o755 });
  // ifup runs what lies there, and keeps its state in /var/run.
  for (const when of ['pre-up', 'up', 'down', 'post-down']) root.makeDirectory(`/etc/network/if-${when}.d`);
  if (!root.has('/var/run')) root.link('/var/run', '../run');
  if (root.list('/etc/init.d').some((name) => /^S\d\dnetwork/.test(name))) return;
  addAction(root, 'wait', 'ifup -a');
}
