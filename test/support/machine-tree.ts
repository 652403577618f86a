import { applyMachine } from '../../src/cook/machine/apply.ts';
import type { MachineSetup } from '../../src/cook/machine/options.ts';
import type { RootlessBakeError } from '../../src/errors.ts';
import { readContent, textContent } from '../../src/tree/content.ts';
import { fileEntry, metadata, symlinkEntry } from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';

/** The 20000th day since 1970. */
export const EPOCH = 20_000 * 86_400;

/** What lies at a path: a text, a link, a program, or an empty directory. */
export type Sketch = string | { readonly link: string } | { readonly program: string } | null;

/** A root by its paths, all of 0:0. */
export function rootOf(paths: Readonly<Record<string, Sketch>>): Tree {
  const tree = new Tree();
  for (const [path, sketch] of Object.entries(paths)) {
    const meta = (mode: number) => metadata({ origin: 'base', mode });
    if (sketch === null) tree.makeDirectory(path, meta(0o755));
    else if (typeof sketch === 'string') tree.set(path, fileEntry(textContent(sketch), meta(0o644)));
    else if ('link' in sketch) tree.set(path, symlinkEntry(sketch.link, meta(0o777)));
    else tree.set(path, fileEntry(textContent(sketch.program), meta(0o755)));
  }
  return tree;
}

const PASSWD = `root:x:0:0:root:/root:/bin/ash
sshd:x:22:22:sshd:/dev/null:/sbin/nologin
`;
const GROUP = 'root:x:0:root\nwheel:x:10:root\nshadow:x:42:\nusers:x:100:games\n';

/** Alpine's, as small as it can be. */
export const ALPINE: Readonly<Record<string, Sketch>> = {
  '/bin/busybox': { program: 'busybox' },
  '/bin/ash': { link: 'busybox' },
  '/bin/sh': { link: 'busybox' },
  '/sbin/init': { link: '/bin/busybox' },
  '/sbin/getty': { link: '/bin/busybox' },
  '/sbin/openrc': { program: 'openrc' },
  '/lib/ld-musl-x86_64.so.1': { program: 'musl' },
  '/etc/passwd': PASSWD,
  '/etc/shadow': 'root:*::0:::::\nsshd:!::0:::::\n',
  '/etc/group': GROUP,
  '/etc/hosts': '127.0.0.1\tlocalhost localhost.localdomain\n::1\tlocalhost\n',
  '/etc/hostname': 'localhost\n',
  '/etc/securetty': 'console\ntty1\n',
  '/etc/inittab':
    '::sysinit:/sbin/openrc sysinit\n#ttyS0::respawn:/sbin/getty -L ttyS0 115200 vt100\n::shutdown:/sbin/openrc shutdown\n',
  ...Object.fromEntries(
    ['devfs', 'mdev', 'hostname', 'networking', 'loadkmap', 'syslog', 'sshd', 'mount-ro'].map((name) => [
      `/etc/init.d/${name}`,
      { program: '#!/sbin/openrc-run' },
    ]),
  ),
  ...Object.fromEntries(
    ['sysinit', 'boot', 'default', 'shutdown'].map((name) => [`/etc/runlevels/${name}`, null]),
  ),
};

/** A root of busybox, with nothing in /etc. */
export const BUSYBOX: Readonly<Record<string, Sketch>> = {
  '/bin/busybox': { program: 'busybox' },
  '/bin/sh': { link: 'busybox' },
  '/sbin/init': { link: '../bin/busybox' },
  '/etc/init.d/rcS': { program: '#!/bin/sh' },
};

const unit = (install: string): string => `[Unit]\nDescription=x\n[Service]\nExecStart=/bin/x\n${install}`;

/** Debian's, with merged /usr. */
export const DEBIAN: Readonly<Record<string, Sketch>> = {
  '/usr/lib/systemd/systemd': { program: 'systemd' },
  '/lib': { link: 'usr/lib' },
  '/sbin': { link: 'usr/sbin' },
  '/usr/sbin/init': { link: '/lib/systemd/systemd' },
  '/bin/bash': { program: 'bash' },
  '/etc/passwd': PASSWD.replace('/bin/ash', '/bin/bash'),
  '/etc/shadow': 'root:*:19000:0:99999:7:::\nsshd:!:19000::::::\n',
  '/etc/group': GROUP,
  '/etc/gshadow': 'root:*::root\nwheel:*::root\nshadow:*::\nusers:*::games\n',
  '/usr/lib/systemd/system/ssh.service': unit('[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n'),
  '/usr/lib/systemd/system/systemd-networkd.service': unit(
    '[Install]\nWantedBy=multi-user.target\nAlso=systemd-networkd.socket\n',
  ),
  '/usr/lib/systemd/system/systemd-networkd.socket': '[Socket]\n[Install]\nWantedBy=sockets.target\n',
  '/usr/lib/systemd/system/serial-getty@.service': unit('[Install]\nWantedBy=getty.target\n'),
  '/usr/lib/systemd/system/getty@.service': unit('[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n'),
  '/usr/lib/systemd/system/systemd-journald.service': unit(''),
};

export interface SetUpRoot {
  readonly tree: Tree;
  /** Every path that has been made or changed: what it holds, with owner and mode where they are not plain. */
  readonly changes: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** Sets up a machine in a root, and tells what became of it. */
export function setUp(paths: Readonly<Record<string, Sketch>> | Tree, setup: MachineSetup): SetUpRoot {
  const tree = paths instanceof Tree ? paths : rootOf(paths);
  const warnings: string[] = [];
  applyMachine(tree, setup, {
    epoch: EPOCH,
    emit: (event) => event.type === 'message' && warnings.push(event.text),
  });
  const changes: Record<string, string> = {};
  for (const { path, entry } of tree.walk()) {
    if (entry.origin !== 'machine') continue;
    const isPlain = entry.uid === 0 && entry.gid === 0 && [0o644, 0o755, 0o777].includes(entry.mode);
    const head = isPlain ? '' : `${entry.uid}:${entry.gid} ${entry.mode.toString(8)} `;
    if (entry.type === 'file') changes[path] = head + Buffer.from(readContent(entry.content)).toString();
    else if (entry.type === 'symlink') changes[path] = `-> ${entry.target}`;
    else if (head !== '') changes[path] = head;
  }
  return { tree, changes, warnings };
}

/** Why a setup is refused: `place: what (hint)`. */
export function refusalOf(paths: Readonly<Record<string, Sketch>>, setup: MachineSetup): string {
  try {
    setUp(paths, setup);
  } catch (error) {
    const { code, message, hint } = error as RootlessBakeError;
    if (code !== 'RB_MACHINE_INVALID') throw error;
    return hint === undefined ? message : `${message} (${hint})`;
  }
  throw new Error('nothing was refused');
}
