import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { InputSummary } from '../build/options.ts';
import type { Surroundings } from '../build/verify/surroundings.ts';
import type { BakedCopy } from '../build/verify/verify.ts';
import { ERROR_EXIT_CODES, type ErrorCode, type ErrorDetails, RootlessBakeError } from '../errors.ts';
import type { Emit, ProgressEvent } from '../events.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { endGroup } from '../sandbox/process.ts';

/** Milliseconds that a bake may take to clean up after an interrupt. */
const GRACE = 20_000;

/** Lines of stderr that are quoted when a bake ends without a word of its own. */
const LAST_LINES = 20;

/** The preload that shifts the clock; beside this file in the compiled package. */
const SHIFT_CLOCK = fileURLToPath(new URL('./shift-clock.cjs', import.meta.url));

/** A run of this program's `bake`. */
export interface BakeCommand {
  /** The words that start the program. */
  readonly program: readonly string[];
  /** Those behind `bake`. */
  readonly args: readonly string[];
}

/**
 * Bakes in another process, in such surroundings. Its progress is told on; when the host's signal aborts, it is
 * interrupted and waited for.
 *
 * @throws the error that it ended with, and the reason of the host's signal
 */
export async function bakeInProcess(
  { program, args }: BakeCommand,
  { env, umask, cwd, clockShift, output }: Surroundings,
  emit: Emit,
  host: Host,
): Promise<BakedCopy> {
  throwIfAborted(host.signal);
  const [node, ...main] = program;
  const preload = clockShift === 0 ? [] : ['--require', SHIFT_CLOCK];
  const words = [node!, ...preload, ...main, 'bake', ...args, '-o', output, '--json', '--progress', 'json'];
  // A group of its own: Ctrl-C in the terminal comes through us, once.
  const child = spawn('/bin/sh', ['-c', `umask ${umask.toString(8)}; exec "$@"`, 'sh', ...words], {
    cwd,
    env: { ...host.env, ...env, RB_CLOCK_SHIFT: String(clockShift) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let ending: Promise<void> | undefined;
  const abort = (): void => {
    ending ??= endGroup(child, GRACE);
  };
  host.signal.addEventListener('abort', abort, { once: true });
  try {
    const [status, stdout, stderr] = await Promise.all([
      new Promise<number | string>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, signal) => resolve(signal ?? code ?? 1));
      }),
      text(child.stdout),
      forward(child.stderr, emit),
    ]);
    await ending;
    throwIfAborted(host.signal);
    return outcome(status, stdout, stderr);
  } finally {
    host.signal.removeEventListener('abort', abort);
  }
}

/** Tells on what lines of JSON say; gives the last of those that say nothing to us. */
async function forward(stderr: Readable, emit: Emit): Promise<string[]> {
  const others: string[] = [];
  for await (const line of createInterface({ input: stderr, crlfDelay: Number.POSITIVE_INFINITY })) {
    const event = eventOf(line);
    if (event) emit(event);
    else others.push(line);
    if (others.length > LAST_LINES) others.shift();
  }
  return others;
}

const EVENTS: readonly string[] = [
  'step-start',
  'step-progress',
  'step-end',
  'output',
  'message',
] satisfies readonly ProgressEvent['type'][];

/** What is no event of a kind that is known here gives undefined. */
function eventOf(line: string): ProgressEvent | undefined {
  const event = parse(line);
  return EVENTS.includes(String(event?.['type'])) ? (event as unknown as ProgressEvent) : undefined;
}

function outcome(status: number | string, stdout: string, stderr: readonly string[]): BakedCopy {
  const result = parse(stdout);
  const { sha256, inputs } = result ?? {};
  if (status === 0 && typeof sha256 === 'string') {
    return { sha256, inputs: (inputs ?? []) as readonly InputSummary[] };
  }
  const error = result?.['error'] as (ErrorDetails & { code?: string; message?: string }) | undefined;
  if (error?.code !== undefined && error.code in ERROR_EXIT_CODES) {
    const { code, message = '', hint, where } = error;
    throw new RootlessBakeError(code as ErrorCode, message, { hint, where });
  }
  const words = stderr.join('\n');
  throw new RootlessBakeError('RB_INTERNAL', `it ended with ${status} and told no result:\n${words}`);
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
