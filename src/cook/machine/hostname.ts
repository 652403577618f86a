import { addAction } from './inittab.ts';
import type { MachineRoot } from './machine-root.ts';
import { enableAtUsualLevel } from './services/openrc.ts';

/** The address that Debian gives a machine's own name, beside localhost. */
const OWN_ADDRESS = '127.0.1.1';

const LOCALHOST = '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n';

/** Writes /etc/hostname and the machine's own line in /etc/hosts, and sees that somebody sets the name. */
export function setHostname(root: MachineRoot, hostname: string): void {
  root.write('/etc/hostname', `${hostname}\n`);
  root.write('/etc/hosts', withOwnName(root.read('/etc/hosts') ?? LOCALHOST, hostname));
  // systemd reads the file itself.
  if (root.init === 'openrc') enableAtUsualLevel(root, 'hostname');
  if (root.init === 'busybox') addAction(root, 'sysinit', 'hostname -F /etc/hostname');
}

/** A name with a domain is followed by its short form, as gethostbyname(3) wants it. */
function withOwnName(hosts: string, hostname: string): string {
  const short = hostname.split('.')[0]!;
  const line = `${OWN_ADDRESS}\t${[...new Set([hostname, short])].join(' ')}`;
  const lines = hosts.replace(/\n+$/, '').split('\n');
  const others = lines.filter((other) => other.trim().split(/\s+/)[0] !== OWN_ADDRESS);
  const place = others.findIndex((other) => /^\s*127\.0\.0\.1\s/.test(other)) + 1;
  return `${others.toSpliced(place, 0, line).join('\n')}\n`;
}
