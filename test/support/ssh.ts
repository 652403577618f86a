import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { judge } from './oracle.ts';

/** A key of ssh in a folder. */
export interface SshKey {
  readonly file: string;
  /** The line for authorized_keys. */
  readonly line: string;
}

export function makeSshKey(folder: string): SshKey {
  const file = join(folder, 'id_ed25519');
  judge('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'tester', '-f', file]);
  return { file, line: readFileSync(`${file}.pub`, 'utf8').trim() };
}

/** Ports that the kernel gives nobody who asks for any port: so many for each worker of vitest. */
const PORTS = { first: 10_000, count: 2000, workers: 10 };
let given = process.pid;

/**
 * A port of 127.0.0.1 that nobody listens on, for a program that will: it stays free, for whoever takes any port
 * gets one of others (ip_local_port_range), and other workers have their own.
 */
export async function freePort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % PORTS.workers;
  for (;;) {
    given += 1;
    const port = PORTS.first + worker * PORTS.count + (given % PORTS.count);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
  });
  if (!(await listens)) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** Runs a command over ssh with a key alone; gives what it printed, or throws with what ssh said. */
export async function overSsh(key: SshKey, port: number, user: string, command: string): Promise<string> {
  const options = [
    'BatchMode=yes',
    'PasswordAuthentication=no',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ConnectTimeout=300',
  ].flatMap((option) => ['-o', option]);
  const words = ['-F', '/dev/null', '-p', String(port), '-i', key.file, ...options, `${user}@127.0.0.1`];
  const child = spawn('ssh', [...words, command], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [string[], string[]] = [[], []];
  child.stdout.on('data', (text) => out.push(String(text)));
  child.stderr.on('data', (text) => err.push(String(text)));
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`ssh ended with ${status}: ${err.join('')}${out.join('')}`);
  return out.join('');
}
