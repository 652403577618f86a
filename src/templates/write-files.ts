import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import type { TemplateFile } from './templates.ts';

/**
 * Writes files into a folder of this machine, all of them or none: they get their names when all are written, and
 * what fails then is undone. No link in the folder is followed.
 *
 * @param folder is made when it is missing
 * @param force whether what is there is replaced
 * @throws RB_OUTPUT_EXISTS with all names that are taken; RB_OUTPUT_UNWRITABLE
 */
export function writeFiles(folder: string, files: readonly TemplateFile[], force: boolean): void {
  /** Takes back what was done, the last first. */
  const undo: (() => void)[] = [];
  try {
    refuse(folder, files, force);
    makeFolders(folder, undo);
    const stage = fs.mkdtempSync(join(folder, '.rootless-bake-'));
    undo.push(() => fs.rmSync(stage, { recursive: true, force: true }));
    for (const [index, { text, isExecutable }] of files.entries()) {
      fs.writeFileSync(join(stage, `${index}`), text, { mode: isExecutable ? 0o777 : 0o666 });
    }
    for (const [index, { path }] of files.entries()) {
      const place = join(folder, path);
      makeFolders(dirname(place), undo);
      if (fs.lstatSync(place, { throwIfNoEntry: false })) {
        const before = join(stage, `${index}.before`);
        fs.renameSync(place, before);
        undo.push(() => fs.renameSync(before, place));
      }
      fs.renameSync(join(stage, `${index}`), place);
      undo.push(() => fs.rmSync(place));
    }
    fs.rmSync(stage, { recursive: true });
  } catch (error) {
    for (const step of undo.reverse()) attempt(step);
    if (!isSystemError(error)) throw error;
    throw unwritable(folder, error.code ?? error.message, error);
  }
}

/** What cannot be taken back stays; why all this came about is told. */
function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

/** Looks at all places before anything is written. */
function refuse(folder: string, files: readonly TemplateFile[], force: boolean): void {
  if (fs.existsSync(folder) && !fs.statSync(folder).isDirectory())
    throw unwritable(folder, 'it is no folder');
  const taken: string[] = [];
  for (const { path } of files) {
    const names = path.split('/');
    for (const depth of names.keys()) {
      const place = join(folder, ...names.slice(0, depth + 1));
      const stat = fs.lstatSync(place, { throwIfNoEntry: false });
      if (!stat) break;
      const isLast = depth === names.length - 1;
      if (stat.isDirectory() === isLast) {
        throw unwritable(place, isLast ? 'it is a folder' : 'it is no folder');
      }
      if (isLast) taken.push(place);
    }
  }
  if (taken.length === 0 || force) return;
  const exist = taken.length === 1 ? 'exists' : 'exist';
  throw new RootlessBakeError(
    'RB_OUTPUT_EXISTS',
    `${taken.join(', ')} ${exist} already; nothing was written`,
    {
      hint: 'name another folder, or overwrite with --force',
    },
  );
}

/** Makes a folder and those above it that are missing. */
function makeFolders(path: string, undo: (() => void)[]): void {
  if (fs.existsSync(path)) return;
  makeFolders(dirname(path), undo);
  fs.mkdirSync(path);
  undo.push(() => fs.rmdirSync(path));
}

function unwritable(place: string, why: string, cause?: unknown): RootlessBakeError {
  return new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${place}: ${why}`, {
    hint: 'check the folder and its permissions, or name another one',
    cause,
  });
}
