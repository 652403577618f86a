import { type ChildProcess, spawn } from 'node:child_process';
import { kill } from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Host, throwIfAborted } from '../host.ts';

/** How long, in milliseconds, what a program left in the background may hold its output open. */
const BACKGROUND_GRACE = 2000;

/** Lines of output that an error message quotes. */
const LAST_LINES = 20;

export interface ProcessCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** The whole environment; nothing of ours is added. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The step that output lines are reported under. */
  readonly step: string;
  /** Keeps all lines of output and reports none. */
  readonly collect?: boolean;
  /** Gives the terminal to the program instead of reporting its lines. */
  readonly interactive?: boolean;
  /** Ends everything that belongs to the process and resolves when it is gone. Default: its group. */
  readonly end?: (child: ChildProcess) => Promise<void>;
  /** Called with the running child, for watchers. What it returns is called when the child is gone. */
  readonly watch?: (child: ChildProcess) => () => void;
}

export interface ProcessResult {
  /** 128 + n after signal n, as a shell words it. */
  readonly exitCode: number;
  /** The last lines of stdout and stderr in the order in which they came; all of them with `collect`. */
  readonly lastLines: readonly string[];
}

/**
 * Runs a program with umask 022 in a process group of its own and reports its output line by line. When the
 * host's signal aborts, the group is ended before this rejects; so is what the program leaves running behind it.
 *
 * @throws the reason of the host's signal, or the system error when the program cannot be started.
 */
export async function runProcess(command: ProcessCommand, host: Host): Promise<ProcessResult> {
  throwIfAborted(host.signal);
  const interactive = command.interactive ?? false;
  const child = spawn(...withUmask(command.program, command.args), {
    env: { ...command.env },
    cwd: command.cwd,
    detached: !interactive,
    stdio: interactive ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const output = new OutputLines(command, host);
  const unwatch = command.watch?.(child);
  const end = command.end ?? endGroup;
  let ending: Promise<void> | undefined;
  const abort = (): void => {
    ending ??= end(child);
  };
  host.signal.addEventListener('abort', abort, { once: true });
  let left: NodeJS.Timeout | undefined;
  child.once('exit', () => {
    left = setTimeout(abort, BACKGROUND_GRACE);
  });
  try {
    const [exitCode] = await Promise.all([
      exitCodeOf(child),
      reportLines(child.stdout, output),
      reportLines(child.stderr, output),
    ]);
    await ending;
    throwIfAborted(host.signal);
    return { exitCode, lastLines: output.lastLines };
  } finally {
    host.signal.removeEventListener('abort', abort);
    clearTimeout(left);
    unwatch?.();
  }
}

/** The lines of a command's output on their way to the host. */
export class OutputLines {
  readonly lastLines: string[] = [];
  readonly #command: Pick<ProcessCommand, 'step' | 'collect'>;
  readonly #host: Pick<Host, 'emit'>;

  constructor(command: Pick<ProcessCommand, 'step' | 'collect'>, host: Pick<Host, 'emit'>) {
    this.#command = command;
    this.#host = host;
  }

  add(line: string): void {
    this.lastLines.push(line);
    if (this.#command.collect) return;
    if (this.lastLines.length > LAST_LINES) this.lastLines.shift();
    this.#host.emit({ type: 'output', step: this.#command.step, line });
  }
}

/** The program and its words behind umask 022, which only a shell can set for one child: node's own call is for all of its threads. */
export function withUmask(program: string, args: readonly string[]): [program: string, args: string[]] {
  return ['/bin/sh', ['-c', 'umask 022; exec "$@"', 'sh', program, ...args]];
}

/**
 * SIGTERM to the group of a detached child, SIGKILL to what is left of it after `grace` milliseconds. Waits no
 * longer than that again: where init does not reap, the dead stay in their group.
 */
export async function endGroup(child: ChildProcess, grace = 1000): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  signalProcess(-pid, 'SIGTERM');
  for (let waited = 0; waited < grace && signalProcess(-pid, 0); waited += 20) await sleep(20);
  for (let waited = 0; waited < grace && signalProcess(-pid, 'SIGKILL'); waited += 20) await sleep(20);
}

/** Sends a signal; false when there is no such process any more. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return kill(pid, signal);
  } catch {
    return false;
  }
}

function exitCodeOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal ? (SIGNALS[signal] ?? 0) : 0)));
  });
}

async function reportLines(stream: Readable | null, output: OutputLines): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    output.add(line);
  }
}

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};
