import type { ChildProcess } from 'node:child_process';
import {
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { kill } from 'node:process';
import { expect } from 'vitest';
import { ERROR_EXIT_CODES, type ErrorCode, type ErrorPlace } from '../../src/errors.ts';
import { hintFaults } from './hint-style.ts';
import type { Product } from './product.ts';
import { folderOf, startAs, type User } from './users.ts';

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a run that fails must say. */
export interface Refusal {
  readonly code: ErrorCode;
  /** Each must be found in what stderr shows. */
  readonly says?: readonly (string | RegExp)[];
  readonly hint: string | RegExp;
  /** The result that stdout shows all the same, such as differences; default: nothing. */
  readonly prints?: string;
  /** Done to the command while it runs, such as a signal. */
  readonly meanwhile?: (running: Running) => unknown;
}

/** The object that `--json` prints when a command fails. */
export interface FailureObject {
  readonly version: number;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string;
    readonly exitCode: number;
    readonly where?: ErrorPlace;
  };
}

/** A command line at work. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly stderr: () => string;
  /** Resolves when stderr holds the text; rejects when the command ends without it. */
  readonly says: (text: string) => Promise<void>;
  readonly outcome: Promise<Outcome>;
}

/**
 * A user's folder in which whole command lines run, with a folder for temporary files of its own, so that
 * what they leave behind can be told: files by their place, processes by everything that ties them to it.
 */
export class Workplace {
  readonly folder: string;
  readonly temporary: string;
  readonly user: User;
  readonly #cli: string;

  constructor(user: User, { cli }: Product) {
    this.user = user;
    this.#cli = cli;
    this.folder = folderOf(user);
    this.temporary = this.mkdir('tmp');
  }

  /** Path of something in the folder. */
  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file that the user may read, and gives its path. */
  file(name: string, content: string | Uint8Array, mode = 0o644): string {
    const path = this.path(name);
    writeFileSync(path, content, { mode });
    return path;
  }

  /** Makes a folder of the user's. */
  mkdir(name: string): string {
    const path = this.path(name);
    mkdirSync(path);
    chownSync(path, this.user.uid, this.user.gid);
    return path;
  }

  /** Starts the command line in the folder. `prefix` is put in front, such as `prlimit --fsize=…`. */
  start(args: readonly string[], env: Record<string, string> = {}, prefix: readonly string[] = []): Running {
    const child = startAs(this.user, [...prefix, process.execPath, this.#cli, ...args], {
      cwd: this.folder,
      env: { TMPDIR: this.temporary, ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const outcome = new Promise<Outcome>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status) => resolve({ status, stdout, stderr }));
    });
    const says = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (stderr.includes(text)) resolve();
        };
        look();
        child.stderr!.on('data', look);
        child.once('close', () => reject(new Error(`it ended without saying ${text}:\n${stderr}`)));
      });
    return { child, stderr: () => stderr, says, outcome };
  }

  run(args: readonly string[], env?: Record<string, string>, prefix?: readonly string[]): Promise<Outcome> {
    return this.start(args, env, prefix).outcome;
  }

  /**
   * Runs a command line that must fail as told: exit code of the error's kind, its code once, a hint, nothing
   * else than told on stdout, every file as it was before, no process left.
   */
  async refuses(
    args: readonly string[],
    refusal: Refusal,
    env?: Record<string, string>,
    prefix?: readonly string[],
  ): Promise<Outcome> {
    const outcome = await this.#changesNothing(args, refusal, env, prefix);
    expect(outcome.stdout).toBe(refusal.prints ?? '');
    return outcome;
  }

  /** As {@link refuses}, with `--json`: stdout has one object, which says the same. */
  async refusesInJson(
    args: readonly string[],
    refusal: Refusal,
    env?: Record<string, string>,
  ): Promise<FailureObject> {
    const { stdout, stderr } = await this.#changesNothing([...args, '--json'], refusal, env);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const told = JSON.parse(stdout) as FailureObject;
    const { code } = refusal;
    expect(told).toMatchObject({ version: 1, error: { code, exitCode: ERROR_EXIT_CODES[code] } });
    expect(stderr).toContain(`error[${code}]: ${told.error.message}\n`);
    expect(stderr).toContain(`hint: ${told.error.hint}\n`);
    return told;
  }

  async #changesNothing(
    args: readonly string[],
    refusal: Refusal,
    env?: Record<string, string>,
    prefix?: readonly string[],
  ): Promise<Outcome> {
    const before = this.files();
    const running = this.start(args, env, prefix);
    await refusal.meanwhile?.(running);
    const outcome = await running.outcome;
    this.#expectFailure(outcome, refusal);
    expect(this.files()).toEqual(before);
    return outcome;
  }

  #expectFailure({ status, stderr }: Outcome, { code, says = [], hint }: Refusal): void {
    expect(stderr.match(/^error\[RB_\w+\]: .+/gm), stderr).toEqual([
      expect.stringContaining(`error[${code}]`),
    ]);
    expect(status, stderr).toBe(ERROR_EXIT_CODES[code]);
    const [message, advice] = stderr.split(/^hint: /m);
    for (const text of says) {
      expect(message).toEqual(
        typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
      );
    }
    expect(advice, stderr).toMatch(hint);
    expect(hintFaults(advice!.trimEnd()), advice).toEqual([]);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(this.processes()).toEqual([]);
  }

  /** Every path below the folder, with size and time of files. */
  files(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .map((name) => {
        const stat = lstatSync(this.path(name));
        return stat.isFile() ? `${name} ${stat.size} ${stat.mtimeMs}` : name;
      })
      .sort();
  }

  /** Command lines of the processes that have the folder in arguments, environment, cwd or program. */
  processes(): string[] {
    return this.#processIds().map((id) => textOf(() => readFileSync(`/proc/${id}/cmdline`, 'latin1')));
  }

  /** Ends what a failed test has left, and removes the folder. */
  remove(): void {
    for (const id of this.#processIds()) textOf(() => String(kill(id, 'SIGKILL')));
    rmSync(this.folder, { recursive: true, force: true });
  }

  #processIds(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((id) =>
        [
          () => readFileSync(`/proc/${id}/cmdline`, 'latin1'),
          () => readFileSync(`/proc/${id}/environ`, 'latin1'),
          () => readlinkSync(`/proc/${id}/cwd`),
          () => readlinkSync(`/proc/${id}/exe`),
        ].some((read) => textOf(read).includes(this.folder)),
      )
      .map(Number);
  }
}

/** Processes end while they are looked at, and some are not ours to look at. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
