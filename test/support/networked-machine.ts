import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** A machine in QEMU with a network card, one of whose ports is a port of this machine's loopback. */
export interface NetworkedMachine {
  /** Of loopback. */
  readonly port: number;
  /** What the serial console has shown. */
  readonly transcript: () => string;
  stop(): Promise<void>;
}

/** Boots an image, whose file stays as it is. @param guestPort that the machine is asked at */
export async function startNetworked(image: string, guestPort: number): Promise<NetworkedMachine> {
  const port = await freePort();
  const child: ChildProcess = spawn(
    'qemu-system-x86_64',
    [
      ...['-accel', 'tcg', '-m', '256', '-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
      ...['-drive', `if=virtio,format=raw,file=${image}`, '-snapshot'],
      ...['-nic', `user,model=virtio-net-pci,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:${guestPort}`],
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'close');
  let transcript = '';
  child.stdout!.on('data', (text) => {
    transcript += text;
  });
  return {
    port,
    transcript: () => transcript,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
