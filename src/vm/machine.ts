import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { RootlessBakeError } from '../errors.ts';
import { findProgram } from '../find-program.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { qemuArguments } from './command.ts';
import type { Accelerator, MachineOptions } from './options.ts';
import { findQemu } from './qemu.ts';
import { SerialConsole } from './serial-console.ts';

/** Milliseconds that QEMU has to end by itself after SIGTERM. */
const GRACE = 2000;

/** Characters of QEMU's own messages that are kept. */
const MESSAGES = 8192;

/** How a machine ended. */
export interface MachineExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What QEMU itself had to say. */
  readonly messages: string;
}

/** A machine that runs, and the conversation over its serial console. Stop it, or wait for its end. */
export interface Machine {
  readonly console: SerialConsole;
  readonly exited: Promise<MachineExit>;
  /** Ends the machine and waits until it is gone. May be called again. */
  stop(): Promise<void>;
}

export interface StartOptions extends MachineOptions {
  readonly accelerator: Accelerator;
}

/**
 * Starts a machine whose serial console is a conversation. It ends with the host's signal, too, and with
 * this process, however that ends, where util-linux's setpriv is at hand.
 *
 * @throws RB_QEMU_MISSING, RB_QEMU_FAILED when QEMU cannot be run, RB_INTERRUPTED
 */
export async function startMachine(image: string, options: StartOptions, host: Host): Promise<Machine> {
  const child = await spawnQemu(qemuArguments(image, { ...options, serial: 'pipe' }), 'pipe', host);
  const console = new SerialConsole((text) => child.stdin?.write(text));
  // Typing into a machine that has just ended is no error; that it ended is told by `exited`.
  child.stdin?.on('error', () => {});
  child.stdout?.on('data', (chunk: Buffer) => console.feed(chunk));
  const ended = ending(child, host);
  const exited = ended.then((exit) => {
    console.end(describeExit(exit));
    return exit;
  });
  return {
    console,
    exited,
    async stop() {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), GRACE);
      await exited;
      clearTimeout(force);
    },
  };
}

/**
 * Runs a machine on this process's own terminal until it ends: Ctrl-A x ends it at once.
 *
 * @throws RB_QEMU_MISSING, RB_QEMU_FAILED, RB_INTERRUPTED
 */
export async function runOnTerminal(image: string, options: StartOptions, host: Host): Promise<void> {
  const child = await spawnQemu(qemuArguments(image, { ...options, serial: 'terminal' }), 'inherit', host);
  const exit = await ending(child, host);
  throwIfAborted(host.signal);
  if (exit.code !== 0) throw new RootlessBakeError('RB_QEMU_FAILED', describeExit(exit));
}

/** `QEMU ended with exit code 1: …` */
export function describeExit({ code, signal, messages }: MachineExit): string {
  const how = signal ? `was ended by ${signal}` : `ended with exit code ${code}`;
  return `QEMU ${how}${messages ? `: ${messages}` : ''}`;
}

async function spawnQemu(args: string[], mode: 'pipe' | 'inherit', host: Host): Promise<ChildProcess> {
  throwIfAborted(host.signal);
  const words = [...boundToUs(host), findQemu(host, args), ...args];
  const child = spawn(words[0]!, words.slice(1), {
    env: { ...host.env },
    stdio: mode === 'inherit' ? 'inherit' : ['pipe', 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) =>
      reject(new RootlessBakeError('RB_QEMU_FAILED', `cannot run ${words[0]}: ${cause.message}`, { cause })),
    );
  });
  return child;
}

function ending(child: ChildProcess, host: Host): Promise<MachineExit> {
  let messages = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    messages = (messages + text).slice(-MESSAGES);
  });
  let force: NodeJS.Timeout | undefined;
  const abort = () => {
    child.kill('SIGTERM');
    force = setTimeout(() => child.kill('SIGKILL'), GRACE);
  };
  host.signal.addEventListener('abort', abort, { once: true });
  if (host.signal.aborted) abort();
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      host.signal.removeEventListener('abort', abort);
      clearTimeout(force);
      resolve({ code, signal, messages: messages.trim() });
    });
  });
}

/**
 * The words that bind a child's life to ours, even when we are killed: `setpriv --pdeathsig` of util-linux
 * 2.33 and newer (prctl(2), PR_SET_PDEATHSIG). It replaces itself by the command, so the process id stays.
 */
function boundToUs(host: Host): string[] {
  const setpriv = findProgram('setpriv', host);
  if (!setpriv) return [];
  const words = [setpriv, '--pdeathsig', 'KILL'];
  const works =
    spawnSync(setpriv, [...words.slice(1), setpriv, '--version'], { stdio: 'ignore' }).status === 0;
  return works ? words : [];
}
