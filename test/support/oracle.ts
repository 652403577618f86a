import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';

export interface Needs {
  /** Programs looked up on PATH and in the sbin folders. */
  readonly tools?: readonly string[];
  /** Loop mounts, chroot, other users: what only root may do. */
  readonly root?: boolean;
  /** Files or folders, such as test data that is not part of the project. */
  readonly files?: readonly string[];
}

/**
 * vitest's `describe` where everything needed is there. Elsewhere the suite is skipped with a loud line,
 * or, with RB_REQUIRE_ORACLES=1 as in CI, fails: a missing judge never passes for a verdict.
 */
export function oracle(needs: Needs): typeof describe | typeof describe.skip {
  const missing = missingNeeds(needs);
  if (missing.length === 0) return describe;
  if (strict()) {
    throw new Error(`RB_REQUIRE_ORACLES=1, but these are missing: ${missing.join(', ')}`);
  }
  process.stderr.write(`\n*** SKIPPED, for want of: ${missing.join(', ')} ***\n\n`);
  return describe.skip;
}

/** Whether a missing judge is a failure, as in CI. */
export function strict(): boolean {
  return process.env['RB_REQUIRE_ORACLES'] === '1';
}

/** The full path of a program, or undefined. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Runs a judge and gives its output; throws with both streams when its exit code is not among `codes`. */
export function judge(command: string, args: readonly string[], codes: readonly number[] = [0]): string {
  const run = spawnSync(findTool(command) ?? command, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status === null || !codes.includes(run.status)) {
    throw new Error(`${command} ${args.join(' ')}: exit ${run.status}\n${run.stdout}\n${run.stderr}`);
  }
  return run.stdout;
}

function missingNeeds(needs: Needs): string[] {
  return [
    ...(needs.tools ?? []).filter((tool) => !findTool(tool)),
    ...(needs.files ?? []).filter((file) => !isThere(file)),
    ...(needs.root && process.getuid?.() !== 0 ? ['root'] : []),
  ];
}

function isExecutable(path: string): boolean {
  return isThere(path, constants.X_OK);
}

function isThere(path: string, mode: number = constants.F_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}
