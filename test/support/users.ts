import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** An ordinary user of this machine, in whose name a command runs. */
export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/** A user by name, or undefined when there is none; without root only the current user serves. */
export function findUser(name: string): User | undefined {
  const { status, stdout } = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  if (status !== 0) return undefined;
  const [, , uid, gid, , home] = stdout.split(':');
  return { name, uid: Number(uid), gid: Number(gid), home: home! };
}

/** The ordinary user that tests cook and bake as: `baker` under root, else whoever runs the tests. */
export function ordinaryUser(): User {
  const current = userInfo();
  if (current.uid !== 0)
    return { name: current.username, uid: current.uid, gid: current.gid, home: current.homedir };
  const baker = findUser('baker');
  if (!baker) throw new Error('tests under root need an ordinary user: useradd -m baker');
  return baker;
}

/** A second ordinary user: `chef` under root, who may become anybody, else the same as {@link ordinaryUser}. */
export function anotherUser(): User {
  const first = ordinaryUser();
  if (userInfo().uid !== 0) return first;
  const chef = findUser('chef');
  if (!chef) throw new Error('tests under root need a second ordinary user: useradd -m chef');
  return chef;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Octal, for the shell's umask. */
  readonly umask?: string;
}

/** Runs a command as a user, with nothing of this process's environment, and waits for its end. */
export function runAs(
  user: User,
  command: readonly string[],
  options: RunOptions = {},
): SpawnSyncReturns<string> {
  const [program, ...args] = commandLine(user, command, options);
  return spawnSync(program!, args, {
    encoding: 'utf8',
    cwd: options.cwd ?? '/',
    maxBuffer: 1 << 28,
    env: {},
  });
}

/** Starts a command as a user, in a process group of its own. */
export function startAs(user: User, command: readonly string[], options: RunOptions = {}): ChildProcess {
  const [program, ...args] = commandLine(user, command, options);
  return spawn(program!, args, {
    cwd: options.cwd ?? '/',
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

/** A new folder that belongs to the user. The caller removes it. */
export function folderOf(user: User): string {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-test-'));
  chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o755);
  return folder;
}

function commandLine(
  user: User,
  command: readonly string[],
  { env = {}, umask = '022' }: RunOptions,
): string[] {
  const variables = { HOME: user.home, USER: user.name, PATH: process.env['PATH']!, ...env };
  const assignments = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const shell = [
    '/bin/sh',
    '-c',
    `umask ${umask}; exec "$@"`,
    'sh',
    '/usr/bin/env',
    ...assignments,
    ...command,
  ];
  if (userInfo().uid === user.uid) return shell;
  const ids = ['--reuid', String(user.uid), '--regid', String(user.gid), '--init-groups'];
  return ['/usr/bin/setpriv', ...ids, ...shell];
}
