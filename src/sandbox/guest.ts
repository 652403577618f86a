import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import type { Host } from '../host.ts';
import { type ProcessCommand, type ProcessResult, runProcess, signalProcess } from './process.ts';
import type { Proot } from './proot.ts';
import { endTracees } from './tracees.ts';

/**
 * Where the guest sees our control folder. proot shows binds at paths that the root does not have, so
 * nothing of it comes to lie in the root.
 */
export const GUEST_CONTROL = '/.rootless-bake';

/** Device nodes that every guest gets from the host: without them `>/dev/null` would make a real file. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** How long, in milliseconds, guests in the background may go on after the command itself has ended. */
export const BACKGROUND_GRACE = 2000;

/** Hides proot's own variables from what a guest's shell runs. */
export const HIDE_PROOT = 'unset PROOT_TMP_DIR PROOT_NO_SECCOMP LD_LIBRARY_PATH';

/** A file or folder of the host shown in the guest. */
export interface Bind {
  readonly host: string;
  readonly guest: string;
}

export interface GuestCommand {
  /** The root file system on disk. */
  readonly root: string;
  /**
   * A folder of the host below its temporary directory, shown at {@link GUEST_CONTROL}. Its files `status` and
   * `command` and folders `binds` and `proot` belong to the sandbox.
   */
  readonly control: string;
  readonly argv: readonly string[];
  /** The guest's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly binds?: readonly Bind[];
  /** The words that run a shell of the guest. Default: `/bin/sh`. */
  readonly shell?: readonly string[];
  /** Default: `/`. */
  readonly cwd?: string;
  readonly step: string;
  /** Keeps all lines of output and reports none. */
  readonly collect?: boolean;
  /** A terminal session with the host's whole /dev and /proc. */
  readonly interactive?: boolean;
}

/** Runs in the guest around the command and keeps the command's own exit code. */
const WRAPPER = `${HIDE_PROOT}
"$@"
status=$?
echo $status >${GUEST_CONTROL}/status
exit $status`;

/**
 * Runs a command in a root file system under proot, as its root user, and waits until every guest process is
 * gone. What the command leaves running in the background is ended after a short grace.
 *
 * The exit code is the command's own: proot's is that of whichever guest ends last.
 *
 * @throws the reason of the host's signal; no guest process is left then either.
 * @throws RB_INPUT_NOT_FOUND when a bind's host path does not exist
 */
export async function runGuest(proot: Proot, command: GuestCommand, host: Host): Promise<ProcessResult> {
  const status = join(command.control, 'status');
  rmSync(status, { force: true });
  let group: number | undefined;
  const result = await runProcess(
    {
      ...prootCommand(proot, command, ['-c', WRAPPER, 'sh', ...command.argv]),
      step: command.step,
      end: endTracees,
      watch: (child) => {
        group = child.pid;
        return watchBackground(child, status, command.step, host);
      },
      ...(command.collect && { collect: true }),
      ...(command.interactive && { interactive: true }),
    },
    host,
  );
  if (existsSync(status)) return { ...result, exitCode: Number(readFileSync(status, 'utf8')) };
  // proot itself has failed or was killed: what it traced would go on without it.
  if (group !== undefined && !command.interactive) signalProcess(-group, 'SIGKILL');
  return { ...result, exitCode: result.exitCode === 0 ? 255 : result.exitCode };
}

/**
 * The words and the environment that start a guest's shell under proot.
 *
 * @param words for the shell
 */
export function prootCommand(
  proot: Proot,
  command: GuestCommand,
  words: readonly string[],
): Pick<ProcessCommand, 'program' | 'args' | 'env'> {
  const temporary = proot.temporaryDirectory ?? join(command.control, 'proot');
  mkdirSync(temporary, { recursive: true });
  return {
    program: proot.program,
    args: [...prootArguments(command), ...words],
    env: { ...command.env, ...proot.env, PROOT_TMP_DIR: temporary },
  };
}

/** Says that what a command has left running was ended. */
export function tellOfBackground(step: string, host: Pick<Host, 'emit'>): void {
  const text = `${step}: processes left running in the background were ended`;
  host.emit({ type: 'message', level: 'warning', text });
}

function prootArguments(command: GuestCommand): string[] {
  const links = join(command.control, 'binds');
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links, { recursive: true });
  return [
    // Only fatal errors: what it has to say about signals would mix with the guest's own output.
    '-v',
    '-1',
    '-0',
    '-r',
    command.root,
    '-w',
    command.cwd ?? '/',
    ...guestBinds(command).flatMap((bind, index) => ['-b', bindArgument(bind, join(links, String(index)))]),
    ...(command.shell ?? ['/bin/sh']),
  ];
}

/** All that a guest gets to see beside its root. */
export function guestBinds({ control, binds = [], interactive = false }: GuestCommand): Bind[] {
  const devices = interactive
    ? ['/dev', '/proc'].map((path) => ({ host: path, guest: path }))
    : DEVICES.map((name) => ({ host: `/dev/${name}`, guest: `/dev/${name}` })).filter(({ host }) =>
        existsSync(host),
      );
  return [...devices, { host: control, guest: GUEST_CONTROL }, ...binds];
}

/**
 * proot would pass over a path that is missing. It splits at the first colon and knows no escape, so that a
 * host path with one goes through a link.
 */
function bindArgument({ host, guest }: Bind, link: string): string {
  if (!existsSync(host)) {
    throw new RootlessBakeError(
      'RB_INPUT_NOT_FOUND',
      `${host} is to be shown at ${guest}, but does not exist`,
    );
  }
  if (!host.includes(':')) return `${host}:${guest}`;
  if (link.includes(':')) {
    throw new RootlessBakeError(
      'RB_ARGUMENT',
      `proot cannot use a folder with a colon in its path: ${link}`,
      {
        hint: 'set TMPDIR to a folder without a colon',
      },
    );
  }
  symlinkSync(host, link);
  return `${link}:${guest}`;
}

function watchBackground(child: ChildProcess, status: string, step: string, host: Host): () => void {
  let since: number | undefined;
  const timer = setInterval(() => {
    if (!existsSync(status)) return;
    since ??= host.now();
    if (host.now() - since < BACKGROUND_GRACE) return;
    clearInterval(timer);
    tellOfBackground(step, host);
    void endTracees(child);
  }, 100);
  return () => clearInterval(timer);
}
