import { spawn } from 'node:child_process';
import { SerialConsole } from '../../src/vm/serial-console.ts';
import { findTool } from './oracle.ts';

/** A machine that a test describes itself, beyond what the product boots. */
export interface TestMachine {
  readonly console: SerialConsole;
  stop(): Promise<void>;
}

/** Starts QEMU, all in software, with its serial console as a conversation. */
export function startQemu(args: readonly string[]): TestMachine {
  const common = ['-accel', 'tcg', '-m', '512', '-display', 'none', '-no-reboot', '-monitor', 'none'];
  const child = spawn(findTool('qemu-system-x86_64')!, [...common, '-serial', 'stdio', ...args]);
  const console = new SerialConsole((text) => child.stdin.write(text));
  child.stdin.on('error', () => {});
  child.stdout.on('data', (chunk: Buffer) => console.feed(chunk));
  let messages = '';
  child.stderr.on('data', (text) => {
    messages += String(text);
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      console.end(`QEMU has ended. ${messages}`);
      resolve();
    });
  });
  return {
    console,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
