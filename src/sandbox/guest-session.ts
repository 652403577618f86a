import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstatSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Host, throwIfAborted } from '../host.ts';
import { quoteWord } from '../shell-words.ts';
import {
  BACKGROUND_GRACE,
  GUEST_CONTROL,
  type GuestCommand,
  guestBinds,
  HIDE_PROOT,
  prootCommand,
  runGuest,
  tellOfBackground,
} from './guest.ts';
import { OutputLines, type ProcessResult, signalProcess, withUmask } from './process.ts';
import type { Proot } from './proot.ts';
import { endTracees, traceesOf } from './tracees.ts';

/** The control folder's file of the words that are to be run next. */
const COMMAND = 'command';

/**
 * A shell of the guest that runs one command after the other. It reads a mark, and writes that mark and the exit
 * code to both streams when the command has ended. The commands themselves get no input.
 */
const LOOP = `${HIDE_PROOT}
while read -r mark; do
	(exec </dev/null; . ${GUEST_CONTROL}/${COMMAND})
	status=$?
	echo "$mark $status"
	echo "$mark $status" >&2
done`;

/**
 * Where a session's proot puts something empty into the root on disk, for binds whose path is missing there; it
 * takes it away when it ends.
 */
type Placeholders = ReadonlySet<string>;

const NONE: Placeholders = new Set();

/**
 * Runs guest commands one after the other, as `runGuest` does, but in one proot as long as they agree in all but
 * their words: to start a proot takes longer than most scripts of packages. Each command has its own exit code
 * and output, and all that it has started is gone before its result is given.
 */
export class GuestSession {
  readonly #proot: Proot;
  #shell: GuestShell | undefined;
  #key = '';
  #placeholders = NONE;

  constructor(proot: Proot) {
    this.#proot = proot;
  }

  /** Paths of the root, while the session lives. */
  get placeholders(): Placeholders {
    return this.#shell?.isRunning ? this.#placeholders : NONE;
  }

  /** As `runGuest`; not while another command runs. */
  async run(command: GuestCommand, host: Host): Promise<ProcessResult> {
    const { argv: _argv, step: _step, collect: _collect, ...setting } = command;
    const key = JSON.stringify(setting);
    if (key !== this.#key || !this.#shell?.isRunning) {
      await this.end();
      const placeholders = findPlaceholders(command);
      if (!placeholders) return await runGuest(this.#proot, command, host);
      this.#key = key;
      this.#placeholders = placeholders;
      this.#shell = new GuestShell(this.#proot, command, host);
    }
    return await this.#shell!.run(command);
  }

  /** Ends the guest, and waits until it is gone. */
  async end(): Promise<void> {
    const shell = this.#shell;
    this.#shell = undefined;
    await shell?.end();
  }
}

/** The output of one command, stream by stream, up to its mark. */
interface Run {
  readonly mark: string;
  readonly output: OutputLines;
  /** How many streams have not come to the mark. */
  open: number;
  readonly ended: (exitCode: number) => void;
}

class GuestShell {
  readonly #child: ChildProcess;
  readonly #control: string;
  readonly #host: Host;
  readonly #closed: Promise<number>;
  #run: Run | undefined;
  #hasClosed = false;
  readonly #abort = (): void => {
    void endTracees(this.#child);
  };

  constructor(proot: Proot, command: GuestCommand, host: Host) {
    throwIfAborted(host.signal);
    this.#control = command.control;
    this.#host = host;
    const { program, args, env } = prootCommand(proot, command, ['-c', LOOP]);
    const [shell, words] = withUmask(program, args);
    this.#child = spawn(shell, words, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    // Who has ended takes no more commands; that shows by its exit code.
    this.#child.stdin!.on('error', () => {});
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) this.#read(stream);
    this.#closed = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (code) => resolve(code ?? 255));
    });
    const closed = (code: number): void => {
      this.#hasClosed = true;
      host.signal.removeEventListener('abort', this.#abort);
      this.#run?.ended(code === 0 ? 255 : code);
    };
    this.#closed.then(closed, () => closed(255));
    host.signal.addEventListener('abort', this.#abort, { once: true });
  }

  get isRunning(): boolean {
    return !this.#hasClosed;
  }

  async run(command: GuestCommand): Promise<ProcessResult> {
    const { step } = command;
    const mark = `rootless-bake-${randomBytes(16).toString('hex')}`;
    const output = new OutputLines(command, this.#host);
    writeFileSync(join(this.#control, COMMAND), `exec ${command.argv.map(quoteWord).join(' ')}\n`);
    const exitCode = await new Promise<number>((resolve) => {
      this.#run = { mark, output, open: 2, ended: resolve };
      if (this.#hasClosed) resolve(255);
      else this.#child.stdin!.write(`${mark}\n`);
    });
    // Rejects when the shell could not be started.
    if (this.#hasClosed) await this.#closed;
    else await this.#waitForBackground(step);
    this.#run = undefined;
    throwIfAborted(this.#host.signal);
    return { exitCode, lastLines: output.lastLines };
  }

  async end(): Promise<void> {
    if (!this.#hasClosed) {
      this.#child.stdin!.end();
      const timer = setTimeout(() => void endTracees(this.#child), BACKGROUND_GRACE);
      await this.#closed;
      clearTimeout(timer);
    }
    // proot itself may have failed or been killed: what it traced would go on without it.
    if (this.#child.pid !== undefined) signalProcess(-this.#child.pid, 'SIGKILL');
  }

  /** Waits a short grace for what a command has left running, and ends it then, and the shell with it. */
  async #waitForBackground(step: string): Promise<void> {
    const since = this.#host.now();
    while (!this.#hasClosed && traceesOf(this.#child.pid!).length > 1) {
      if (this.#host.now() - since < BACKGROUND_GRACE) {
        await sleep(20);
        continue;
      }
      tellOfBackground(step, this.#host);
      await endTracees(this.#child);
      await this.#closed;
    }
  }

  #read(stream: Readable): void {
    const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
    lines.on('line', (line) => {
      const run = this.#run;
      if (!run) return;
      const at = line.lastIndexOf(run.mark);
      if (at < 0) {
        run.output.add(line);
        return;
      }
      // What has no line feed at its end stands in front of the mark.
      if (at > 0) run.output.add(line.slice(0, at));
      run.open -= 1;
      if (run.open === 0) run.ended(Number(line.slice(at + run.mark.length)));
    });
  }
}

/** Undefined when proot would have to make folders, or links lead to other places. */
function findPlaceholders(command: GuestCommand): Placeholders | undefined {
  const found = new Set<string>();
  for (const { guest } of guestBinds(command)) {
    if (guest.startsWith(`${GUEST_CONTROL}/`)) continue;
    const names = guest.split('/').slice(1);
    for (let depth = 1; depth < names.length; depth += 1) {
      const folder = join(command.root, ...names.slice(0, depth));
      if (!lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return undefined;
    }
    if (!lstatSync(join(command.root, guest), { throwIfNoEntry: false })) found.add(guest);
  }
  return found;
}
