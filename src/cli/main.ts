#!/usr/bin/env node
/** The program: the only file that touches the process, its signals and its exit code. */
import { readFileSync } from 'node:fs';
import { RootlessBakeError } from '../errors.ts';
import { formatFailure } from './failure.ts';
import { run } from './run.ts';
import { colorsFor, type Sink } from './terminal.ts';

const INTERRUPTED = 130;

const controller = new AbortController();
let isTerminalShared = false;

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => {
    if (name === 'SIGINT' && isTerminalShared) return;
    if (controller.signal.aborted) void leaveAtOnce();
    controller.abort(new RootlessBakeError('RB_INTERRUPTED', `interrupted by ${name}`));
  });
}

// Who reads our output may stop reading: `rootless-bake … | head`.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    controller.abort(new RootlessBakeError('RB_INTERRUPTED', 'nobody reads the output'));
  });
}

/** For who does not wait for the clean-up after the first signal: no process stays, temporary files may. */
async function leaveAtOnce(): Promise<never> {
  const { killDescendants } = await import('../sandbox/tracees.ts');
  killDescendants(process.pid);
  process.exit(INTERRUPTED);
}

const stderr = sinkOf(process.stderr);
try {
  process.exitCode = await run(process.argv.slice(2), {
    stdout: sinkOf(process.stdout),
    stderr,
    env: process.env,
    signal: controller.signal,
    leaveInterrupts: () => {
      isTerminalShared = true;
    },
    version: packageVersion(),
  });
} catch (error) {
  stderr.write(formatFailure(error, colorsFor(stderr, process.env), true));
  process.exitCode = 1;
}

function sinkOf(stream: NodeJS.WriteStream): Sink {
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns || 80;
    },
    write: (text) => void stream.write(text),
  };
}

function packageVersion(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
