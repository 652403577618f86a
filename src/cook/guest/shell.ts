import type { Host } from '../../host.ts';
import { warnAboutGlibc } from '../../sandbox/glibc.ts';
import { type Bind, runGuest } from '../../sandbox/guest.ts';
import { findProot } from '../../sandbox/proot.ts';
import type { CookedRoot } from '../options.ts';
import { Scratch } from '../scratch/scratch.ts';
import { lendNameServers, proxyEnvironment } from './network.ts';

/** What a shell in a cooked root shows and runs. */
export interface ShellOptions {
  /** Folders and files of the host to show in the guest. */
  readonly binds?: readonly Bind[];
  /** Default: a login shell. */
  readonly command?: readonly string[];
}

/**
 * Opens a shell in a copy of a cooked root, with the host's /proc and /dev, on the caller's terminal. What it
 * changes is thrown away. The terminal's Ctrl-C goes to the shell: the host's signal should not abort for it.
 *
 * @returns the shell's exit code
 * @throws RB_PROOT_UNAVAILABLE
 */
export async function openShell(
  root: Pick<CookedRoot, 'tree'>,
  options: ShellOptions,
  host: Host,
): Promise<number> {
  warnAboutGlibc(root.tree, host);
  const proot = await findProot(host);
  const scratch = new Scratch(host.temporaryDirectory);
  try {
    await scratch.synchronise(root.tree, host);
    const servers = lendNameServers(root.tree, scratch);
    const result = await runGuest(
      proot,
      {
        root: scratch.root,
        control: scratch.control,
        argv: options.command ?? ['/bin/sh', '-l'],
        env: {
          PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
          HOME: '/root',
          USER: 'root',
          LOGNAME: 'root',
          SHELL: '/bin/sh',
          TERM: host.env['TERM'] ?? 'dumb',
          ...proxyEnvironment(host.env),
        },
        binds: [...servers.binds, ...(options.binds ?? [])],
        step: 'shell',
        interactive: true,
      },
      host,
    );
    return result.exitCode;
  } finally {
    await scratch.remove();
  }
}
