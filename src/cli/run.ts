import { resolve } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { checkFileOutput } from '../disk/image-file.ts';
import { writeOutput } from '../disk/write-output.ts';
import { RootlessBakeError } from '../errors.ts';
import type { ProgressEvent, StepTime } from '../events.ts';
import { throwIfAborted } from '../host.ts';
import { nodeHost } from '../node-host.ts';
import type { CommandResult, CommonOptions, Context } from './command.ts';
import { formatFailure, toFailure } from './failure.ts';
import { shortHelp } from './help.ts';
import { createProgram } from './program.ts';
import { createReporter } from './reporters/index.ts';
import type { Reporter } from './reporters/reporter.ts';
import { colorsFor, type Sink } from './terminal.ts';
import { usageError } from './usage-error.ts';

/** Version of the objects that `--json` prints: raised when a field changes its meaning or goes. */
const JSON_VERSION = 1;

/** What the command line takes from the process. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** The words of a command line that runs this very program; only `verify` needs them. */
  readonly program?: readonly string[];
  /** Lets a program on the terminal have Ctrl-C. */
  leaveInterrupts(): void;
  /** Version of the package. */
  readonly version: string;
}

/**
 * Runs one command line: results on stdout, all else on stderr.
 *
 * @param args without the program's name
 * @returns the exit code
 */
export async function run(args: readonly string[], io: Io): Promise<number> {
  let exitCode = 0;
  const program = createProgram(io.version, async (options, work) => {
    exitCode = await perform(options, work, io);
  });
  // Commander's own words for errors are caught below; those for help go where they are asked for.
  const output = {
    writeOut: (text: string) => io.stdout.write(text),
    writeErr: () => {},
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  };
  for (const command of withSubcommands(program)) command.configureOutput(output).exitOverride();
  try {
    if (args.length === 0) {
      io.stderr.write(shortHelp(io.version));
      return 2;
    }
    await program.parseAsync([...args], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (!(error instanceof CommanderError || error instanceof RootlessBakeError)) throw error;
    const options = {
      json: args.includes('--json'),
      ...(wantsEvents(args) && { progress: 'json' as const }),
    };
    const fault = error instanceof CommanderError ? usageError(error, commandIn(program, args)) : error;
    return report(fault, options, io, reporterFor(options, io));
  }
}

async function perform(
  options: CommonOptions,
  work: (context: Context) => Promise<CommandResult>,
  io: Io,
): Promise<number> {
  const reporter = reporterFor(options, io);
  const start = performance.now();
  const { metadataFile } = options;
  const times: StepTime[] = [];
  const emit = (event: ProgressEvent) => {
    if (event.type === 'step-end' && event.outcome === 'done')
      times.push({ step: event.step, milliseconds: event.milliseconds });
    reporter.emit(event);
  };
  const { store, offline } = options;
  const host = nodeHost({
    env: io.env,
    signal: io.signal,
    emit,
    ...(store !== undefined && { storeDirectory: resolve(store) }),
    ...(offline && { offline }),
  });
  try {
    // Before any work is done; one that is there will be overwritten.
    if (metadataFile !== undefined) checkFileOutput(metadataFile, { force: true });
    const elapsed = (): number => performance.now() - start;
    const colors = colorsFor(io.stdout, io.env);
    const { program = [], leaveInterrupts } = io;
    const result = await work({ host, times, colors, elapsed, program, leaveInterrupts });
    reporter.end();
    const json = (): string => jsonOf(result);
    if (metadataFile !== undefined) writeOutput(metadataFile, json());
    if (options.json) io.stdout.write(json());
    else if (result.bytes) await writeBytes(result.bytes, io);
    else io.stdout.write(options.quiet ? result.brief : result.text);
    if (result.failure) return report(result.failure, { ...options, json: false }, io, reporter);
    return result.exitCode ?? 0;
  } catch (error) {
    reporter.end();
    return report(error, options, io, reporter);
  }
}

/** One object on one line. */
function jsonOf({ json, failure }: CommandResult): string {
  const error = failure && toFailure(failure);
  return `${JSON.stringify({ version: JSON_VERSION, ...json, ...(error && { error }) })}\n`;
}

/** No faster than somebody reads; between the chunks it can be seen that nobody does any more. */
async function writeBytes(chunks: Iterable<Uint8Array>, { stdout, signal }: Io): Promise<void> {
  for (const chunk of chunks) {
    stdout.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
    await stdout.drained?.();
    throwIfAborted(signal);
  }
}

/** The names of the command, and its part, that a command line begins with. */
function commandIn(program: Command, args: readonly string[]): string {
  const names: string[] = [];
  let command = program;
  for (const word of args) {
    const part = command.commands.find((one) => one.name() === word);
    if (!part) break;
    names.push(word);
    command = part;
  }
  return names.join(' ');
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

/** A command line that could not be read may still have asked for events. */
function wantsEvents(args: readonly string[]): boolean {
  return args.some(
    (arg, at) => arg === '--progress=json' || (arg === '--progress' && args[at + 1] === 'json'),
  );
}

function report(
  error: unknown,
  { json = false, debug = false }: CommonOptions,
  io: Io,
  reporter: Reporter,
): number {
  const failure = toFailure(error);
  if (reporter.fail) reporter.fail(failure);
  else io.stderr.write(formatFailure(error, colorsFor(io.stderr, io.env), debug));
  if (json) io.stdout.write(`${JSON.stringify({ version: JSON_VERSION, error: failure })}\n`);
  return failure.exitCode;
}

function reporterFor({ progress, quiet }: CommonOptions, io: Io): Reporter {
  return createReporter(progress ?? (quiet ? 'quiet' : 'auto'), {
    sink: io.stderr,
    colors: colorsFor(io.stderr, io.env),
    env: io.env,
    now: () => performance.now(),
    repeat: (work, milliseconds) => {
      // It alone must not keep the process alive.
      const timer = setInterval(work, milliseconds).unref();
      return () => clearInterval(timer);
    },
  });
}
