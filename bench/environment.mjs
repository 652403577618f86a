import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROJECT = dirname(dirname(fileURLToPath(import.meta.url)));
export const CLI = join(PROJECT, 'dist/cli/main.js');
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'rootless-bake/bench');

/** A folder that is filled once and kept for later runs. */
export function once(name, fill) {
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}.tmp`;
  mkdirSync(unfinished, { recursive: true });
  process.stderr.write(`preparing ${name} …\n`);
  try {
    fill(unfinished);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
  renameSync(unfinished, folder);
  return folder;
}

/** Runs a program to its end and gives its output. What it says on stderr is shown unless it is `quiet`. */
export function run(program, args, { cwd, quiet = false } = {}) {
  return execFileSync(findProgram(program) ?? program, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'],
    maxBuffer: 1 << 28,
  });
}

/** The full path of a program, those of root too, or undefined. */
export function findProgram(name) {
  const folders = [...process.env.PATH.split(delimiter), '/usr/sbin', '/sbin'];
  return [name, ...folders.map((folder) => join(folder, name))].find(
    (path) => path.startsWith('/') && existsSync(path),
  );
}
