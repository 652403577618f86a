import { existsSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { RootlessBakeError } from '../errors.ts';
import type { Cake } from '../recipe/cake.ts';
import type { Pin, PinRequest } from '../sources/pins.ts';
import { Pins } from '../sources/pins.ts';
import { didYouMean } from '../suggest.ts';
import { type Lock, readLock } from './lock-file.ts';

/** A recipe's lock as a run uses it. */
export interface LockSession {
  /** Absolute; undefined when the recipe is in code and none was named. */
  readonly path: string | undefined;
  /** What it said when the run began. */
  readonly lock: Lock | undefined;
  readonly pins: Pins;
}

/**
 * Reads the lock of a recipe and makes pins of it.
 *
 * @param update names of entries that do not hold any more; none of them: all; undefined: all hold
 * @throws RB_LOCK_INVALID; RB_ARGUMENT for a name that no entry has; with `locked` RB_LOCK_MISSING, and
 *   RB_LOCK_OUTDATED when an input is asked for that the lock does not have
 */
export function openLock(
  cake: Cake,
  path: string | undefined,
  locked: boolean,
  update?: readonly string[],
): LockSession {
  const lock = path === undefined ? undefined : readLock(path);
  if (locked && !lock) throw missing(path);
  const known = update ? withoutUpdated(lock, update) : (lock?.inputs ?? []);
  const pins = new Pins({
    known,
    folder: folderOf(cake, path),
    ...(locked && {
      onUnknown: (request) => {
        throw outdated(path!, describeUnknown(request, known));
      },
    }),
  });
  return { path, lock, pins };
}

/**
 * Compares the recipe's own files and scripts with those that the lock was made of.
 *
 * @throws RB_LOCK_OUTDATED naming all that have changed
 */
export function checkLocal({ path, lock }: LockSession, local: Readonly<Record<string, string>>): void {
  if (!lock) return;
  const places = [...new Set([...Object.keys(lock.local), ...Object.keys(local)])].sort();
  const changed = places.filter((place) => lock.local[place] !== local[place]);
  if (changed.length > 0) throw outdated(path!, `${changed.join(', ')} changed since it was made`);
}

function withoutUpdated(lock: Lock | undefined, names: readonly string[]): Pin[] {
  if (names.length === 0) return [];
  const entries = lock?.inputs ?? [];
  const all = [...new Set(entries.flatMap(namesOf))];
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    const what = `the lock has nothing of the name ${JSON.stringify(unknown)}`;
    throw new RootlessBakeError('RB_ARGUMENT', what, {
      hint: didYouMean(unknown, all) ?? `it has: ${entries.map(({ name }) => name).join(', ')}`,
    });
  }
  return entries.filter((pin) => !namesOf(pin).some((name) => names.includes(name)));
}

/** What an entry is called: its own name, its kind, and the packages that it came to. */
function namesOf({ kind, name, versions = {} }: Pin): string[] {
  return [name, kind, ...Object.keys(versions)];
}

/** The folder that the lock's paths start from: its own, so that both can be moved together. */
function folderOf({ cook }: Cake, path: string | undefined): string {
  return path === undefined ? (cook.directory ?? '.') : dirname(path);
}

function describeUnknown(request: PinRequest, known: readonly Pin[]): string {
  const others = known.filter(({ kind }) => kind === request.kind).map(({ name }) => name);
  const has = others.length > 0 ? `; of that kind it has ${others.join(', ')}` : '';
  const same = known.some(({ kind, name }) => kind === request.kind && name === request.name);
  return same
    ? `the recipe asks for ${request.kind} ${request.name} in another way than when it was made`
    : `the recipe asks for ${request.kind} ${request.name}, which it does not have${has}`;
}

function outdated(path: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_LOCK_OUTDATED', `the lock ${shown(path)} does not fit: ${why}`, {
    hint: 'bring it up to date: rootless-bake lock RECIPE; or run without --locked',
  });
}

function missing(path: string | undefined): RootlessBakeError {
  return new RootlessBakeError(
    'RB_LOCK_MISSING',
    path === undefined ? 'a recipe in code has no lock of its own' : `there is no lock ${shown(path)}`,
    { hint: 'make one: rootless-bake lock RECIPE; or name it: --lock-file PATH' },
  );
}

function shown(path: string): string {
  const short = relative('.', path);
  return short.startsWith('..') || !existsSync(dirname(path)) ? path : short;
}
