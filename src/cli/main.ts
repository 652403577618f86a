#!/usr/bin/env node
/** The program: the only file that touches the process, its signals and its exit code. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { RootlessBakeError } from '../errors.ts';
import type { Sink } from './terminal.ts';

const INTERRUPTED = 130;

const controller = new AbortController();
let isTerminalShared = false;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (name === 'SIGINT' && isTerminalShared) return;
    if (controller.signal.aborted) void leaveAtOnce();
    controller.abort(
      new RootlessBakeError('RB_INTERRUPTED', `interrupted by ${name}`, {
        hint: 'nothing half written is left, and what was fetched is in the store for the next run',
      }),
    );
  });
}

// Who reads our output may stop reading: `rootless-bake … | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort(new RootlessBakeError('RB_INTERRUPTED', 'nobody reads the output'));
  });
}

/** The part of `node:module` that the types of Node 20 do not know. */
interface CompileCache {
  enableCompileCache(): unknown;
}

/** For who does not wait for the clean-up after the first signal: no process stays, temporary files may. */
async function leaveAtOnce(): Promise<never> {
  const { killDescendants } = await import('../sandbox/tracees.ts');
  killDescendants(process.pid);
  process.exit(INTERRUPTED);
}

const args = process.argv.slice(2);
// The commonest question of scripts: it takes the time of an empty program, for nothing else is loaded.
if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.write(`${packageVersion()}\n`);
} else {
  process.exitCode = await runProgram();
}

async function runProgram(): Promise<number> {
  // Node keeps what it has compiled, where it can (from 22.1 on): later runs load faster.
  (nodeModule as Partial<CompileCache>).enableCompileCache?.();
  const stderr = sinkOf(process.stderr);
  try {
    const { run } = await import('./run.ts');
    return await run(args, {
      stdout: sinkOf(process.stdout),
      stderr,
      env: process.env,
      signal: controller.signal,
      program: [process.execPath, fileURLToPath(import.meta.url)],
      leaveInterrupts: () => {
        isTerminalShared = true;
      },
      version: packageVersion(),
    });
  } catch (error) {
    const { formatFailure } = await import('./failure.ts');
    const { colorsFor } = await import('./terminal.ts');
    stderr.write(formatFailure(error, colorsFor(stderr, process.env), true));
    return 1;
  }
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns || 80;
    },
    write: (text) => void stream.write(text),
    drained: () => drained(stream),
  };
}

/** Resolves as well when nobody reads any more, or we are told to end. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  if (!stream.writableNeedDrain || controller.signal.aborted) return;
  const over = new AbortController();
  const { signal } = over;
  const ends = [
    once(stream, 'drain', { signal }),
    once(stream, 'close', { signal }),
    once(controller.signal, 'abort', { signal }),
  ];
  await Promise.race(ends.map((end) => end.catch(() => {})));
  over.abort();
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
