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

/** A port of 127.0.0.1 that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs a command over ssh with a key alone; gives what it printed, or throws with what ssh said. */
export async function overSsh(key: SshKey, port: number, user: string, command: string): Promise<string> {
  const options = [
    'BatchMode=yes',
    'PasswordAuthentication=no',
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'ConnectTimeout=60',
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
