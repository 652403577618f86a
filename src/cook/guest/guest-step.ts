import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { type GuestCommand, runGuest } from '../../sandbox/guest.ts';
import type { ProcessResult } from '../../sandbox/process.ts';
import type { Proot } from '../../sandbox/proot.ts';
import type { Repositories } from '../apk/repositories.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { readShimLog } from '../shims/shim-log.ts';
import { prepareShims, shimBinds } from '../shims/shims.ts';
import { lendNameServers, proxyEnvironment } from './network.ts';

export interface GuestRunOptions {
  /** Keeps all lines of output and reports none. */
  readonly collect?: boolean;
  /** The guest's whole environment, in the place of the usual one. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface GuestStep {
  readonly step: string;
  /** Runs one command in the root; more than one may be run in a step. */
  readonly run: (argv: readonly string[], options?: GuestRunOptions) => Promise<ProcessResult>;
  /** The control folder on the host. */
  readonly control: string;
}

/** Runs commands in a root file system on disk. */
export interface GuestRunner {
  /** Gives the result when no process of the command is left. */
  run(command: GuestCommand, host: Host): Promise<ProcessResult>;
  /** Paths at which something of its own lies in the root on disk. */
  readonly placeholders?: ReadonlySet<string>;
}

/** A proot for each command. */
export function guestsOf(proot: Proot): GuestRunner {
  return { run: (command, host) => runGuest(proot, command, host) };
}

/**
 * What every guest of a cook gets as its environment: nothing of the host's but its proxies. No SHELL: adduser
 * would give it to every user instead of root's own.
 */
const ENVIRONMENT = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  TERM: 'dumb',
  TZ: 'UTC0',
};

/**
 * Runs one step in the root under proot: puts the tree on disk, lets `work` run guests with the shims and the
 * repositories at hand, and takes the outcome into the ledger. A step that fails is not taken over.
 *
 * @throws RB_APK_UNTRUSTED when apk met a signature that it does not trust
 */
export async function guestStep<T>(
  step: string,
  ledger: Ledger,
  guests: GuestRunner,
  repositories: (control: string) => Repositories,
  host: Host,
  work: (guest: GuestStep) => Promise<T>,
): Promise<T> {
  const { scratch, tree } = ledger;
  await ledger.materialize(host);
  const { control } = scratch;
  prepareShims(control, clockShift(host));
  const { binds, packageFolders } = repositories(control);
  const servers = lendNameServers(tree, scratch);
  const started = clock(control);
  const run: GuestStep['run'] = async (argv, { collect = false, environment } = {}) => {
    const result = await guests.run(
      {
        root: scratch.root,
        control,
        argv,
        env: environment ?? {
          ...ENVIRONMENT,
          SOURCE_DATE_EPOCH: String(ledger.epoch),
          ...proxyEnvironment(host.env),
        },
        shell: tree.resolve('/bin/sh') ? ['/bin/sh'] : ['/bin/busybox', 'sh'],
        binds: [...shimBinds(tree, control), ...servers.binds, ...binds],
        step,
        collect,
      },
      host,
    );
    failOnUntrusted(control);
    return result;
  };
  const result = await work({ step, run, control });
  servers.adopt();
  await ledger.settle({
    origin: step,
    started,
    calls: readShimLog(join(control, 'log')),
    packageFolders,
    ...(guests.placeholders && { placeholders: guests.placeholders }),
  });
  return result;
}

/** Seconds by which `verify` has the clock of a bake ahead: 0 in all other runs. */
function clockShift({ env }: Pick<Host, 'env'>): number {
  const milliseconds = Number(env['RB_CLOCK_SHIFT'] ?? 0);
  return Number.isFinite(milliseconds) ? Math.trunc(milliseconds / 1000) : 0;
}

/** The time by the clock of the scratch root's file system. */
export function clock(control: string): bigint {
  const path = join(control, 'clock');
  writeFileSync(path, '');
  return lstatSync(path, { bigint: true }).mtimeNs;
}

/** Signatures that apk itself only warns about are recorded by the shim. */
function failOnUntrusted(control: string): void {
  const path = join(control, 'untrusted');
  const lines = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (lines === '') return;
  throw new RootlessBakeError('RB_APK_UNTRUSTED', `apk does not trust a repository:\n${indent(lines)}`, {
    hint: 'the index was tampered with or is damaged, or its key is missing in the root: put it into /etc/apk/keys',
  });
}

export function indent(lines: string): string {
  return lines.replaceAll(/^/gm, '  ');
}
