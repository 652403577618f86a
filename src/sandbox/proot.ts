import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import { findPrograms } from '../find-program.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { makeFolders } from '../store/folder.ts';
import { signalProcess } from './process.ts';
import { provisionedProot, provisionProot } from './provision.ts';

/** A proot that has been seen to run. */
export interface Proot {
  readonly program: string;
  /** What proot itself needs; the guest does not get to see it. */
  readonly env: Readonly<Record<string, string>>;
  /** Folder for proot's temporary files, which must allow to execute; absent where the scratch root's does. */
  readonly temporaryDirectory?: string;
  /** Where it comes from, in words for people. */
  readonly origin: string;
}

interface Candidate {
  readonly program: string;
  readonly libraries?: string;
  readonly origin: string;
}

/** Milliseconds that a proot may take to run a shell. */
const PATIENCE = 20_000;

const HINT =
  'install proot (Debian, Ubuntu, Alpine: the package "proot"), or name a working one in RB_PROOT; ' +
  'in a container, ptrace must be allowed (docker run --cap-add SYS_PTRACE)';

/**
 * Finds a proot that runs: the one that RB_PROOT names, else the one on PATH, else Debian's, fetched as an
 * ordinary user into the cache directory. "Runs" is tried, for ptrace may be forbidden and the folder for
 * temporary files may forbid to execute, which proot's loader must.
 *
 * @throws RB_PROOT_UNAVAILABLE with everything that was tried.
 */
export async function findProot(host: Host): Promise<Proot> {
  const tried: string[] = [];
  for (const candidate of localCandidates(host)) {
    const proot = await tryCandidate(candidate, host, tried);
    if (proot) return proot;
  }
  if (!host.env['RB_PROOT']) {
    try {
      const { program, libraries, version } = await provisionProot(host);
      const origin = `Debian's proot ${version}, unpacked into the cache`;
      const proot = await tryCandidate({ program, libraries, origin }, host, tried);
      if (proot) return proot;
    } catch (error) {
      throwIfAborted(host.signal);
      tried.push(`Debian's packages: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new RootlessBakeError(
    'RB_PROOT_UNAVAILABLE',
    `no proot that runs, which packages and scripts need; tried:\n${tried.map((line) => `  ${line}`).join('\n')}`,
    { hint: HINT },
  );
}

/** The program that {@link findProot} would try first, not tried; undefined when it would have to be fetched. */
export function likelyProot(host: Pick<Host, 'env' | 'cacheDirectory'>): Pick<Proot, 'program'> | undefined {
  const [first] = localCandidates(host);
  return first ?? provisionedProot(host);
}

function* localCandidates(host: Pick<Host, 'env'>): Generator<Candidate> {
  const named = host.env['RB_PROOT'];
  if (named) {
    yield { program: named, origin: 'RB_PROOT' };
    return;
  }
  for (const program of findPrograms('proot', host)) {
    if (isAbsolute(program)) yield { program, origin: 'PATH' };
  }
}

async function tryCandidate(candidate: Candidate, host: Host, tried: string[]): Promise<Proot | undefined> {
  const { program, libraries, origin } = candidate;
  for (const folder of [host.temporaryDirectory, host.cacheDirectory]) {
    const env: Record<string, string> = {};
    if (libraries) env['LD_LIBRARY_PATH'] = libraries;
    if (host.env['PROOT_NO_SECCOMP']) env['PROOT_NO_SECCOMP'] = host.env['PROOT_NO_SECCOMP'];
    const failure = await whyItFails(program, env, folder, host.signal);
    throwIfAborted(host.signal);
    if (failure === undefined) {
      return {
        program,
        env,
        origin,
        ...(folder !== host.temporaryDirectory && { temporaryDirectory: folder }),
      };
    }
    tried.push(`${program} (${origin}), temporary files in ${folder}: ${failure}`);
  }
  return undefined;
}

/** Runs `true` under proot; undefined when that works, else what came of it in one line. */
async function whyItFails(
  program: string,
  env: Record<string, string>,
  folder: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    makeFolders(folder);
    const noexec = await whyNotExecutable(folder, signal);
    if (noexec) return noexec;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const guest = ['-r', '/', '/bin/sh', '-c', 'exit 42'];
  const run = await runProgram(program, guest, { ...env, PROOT_TMP_DIR: folder }, signal);
  if (run.code === 42) return undefined;
  if (run.error) return run.error.message;
  const words = run.stderr.trim().replaceAll(/\s*\n\s*/g, '; ');
  return `it ends with ${run.signal ?? `exit code ${run.code}`}${words && `: ${words}`}`;
}

async function whyNotExecutable(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const directory = mkdtempSync(join(folder, 'rootless-bake-exec-'));
  try {
    const script = join(directory, 'probe');
    writeFileSync(script, '#!/bin/sh\nexit 0\n', { mode: 0o700 });
    const { error } = await runProgram(script, [], {}, signal);
    return error && `programs cannot be run from there (mounted noexec?): ${error.message}`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
  /** It could not be started. */
  readonly error?: Error;
}

/** Runs a program in a group of its own, and ends with it what it leaves behind. */
function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      env,
      signal,
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    // spawn's own timeout would go on, and keep the process from ending, when the program cannot be started.
    const late = setTimeout(() => child.kill(), PATIENCE);
    // A proot that is ended while it starts its guest leaves it stopped, with our pipe in its hands.
    child.once('exit', () => signalProcess(-child.pid!, 'SIGKILL'));
    let stderr = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const end = (outcome: Omit<Outcome, 'stderr'>): void => {
      clearTimeout(late);
      resolve({ ...outcome, stderr });
    };
    child.once('error', (error) => end({ code: null, signal: null, error }));
    child.once('close', (code, signal) => end({ code, signal }));
  });
}
