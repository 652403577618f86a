import { randomBytes } from 'node:crypto';
import { type Dirent, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../../errors.ts';
import type { Host } from '../../host.ts';
import { canonicalDigest } from '../../store/canonical.ts';
import { type AptState, aptFailed, runApt } from './run.ts';

/** Where apt keeps the machine's own lists. */
const MACHINE_LISTS = '/var/lib/apt/lists';

/**
 * Package lists that are at hand: the machine's and those fetched by earlier runs, the newest first. Their
 * indexes lie below `directory`.
 */
export function knownLists(directory: string): AptState[] {
  const own = folders(directory)
    .filter((name) => /^lists-\d+$/.test(name))
    .map((name) => ({ lists: join(directory, name, 'lists'), cache: join(directory, name, 'cache') }));
  const machine = { lists: MACHINE_LISTS, cache: join(directory, 'machine-cache') };
  return [machine, ...own]
    .map((state) => ({ state, time: newest(state.lists) }))
    .filter(({ time }) => time > 0)
    .sort((a, b) => b.time - a.time)
    .map(({ state }) => {
      mkdirSync(state.cache, { recursive: true });
      return state;
    });
}

/** A digest of what apt knows at hand: while it is the same, so are the versions that apt would take. */
export function listsDigest(directory: string): string {
  const places = [MACHINE_LISTS, ...folders(directory).map((name) => join(directory, name, 'lists'))];
  return canonicalDigest(places.map((lists) => [lists, newest(lists)]));
}

/**
 * Fetches fresh lists into a folder of their own. Runs at the same time do not meet: each works under a
 * random name and takes the next free number at the end. Older lists are removed.
 *
 * @throws RB_APT_FAILED, RB_APT_MISSING
 */
export async function updateLists(directory: string, host: Pick<Host, 'env' | 'signal'>): Promise<AptState> {
  const work = join(directory, `update-${randomBytes(6).toString('hex')}`);
  const state = { lists: join(work, 'lists'), cache: join(work, 'cache') };
  try {
    mkdirSync(join(state.lists, 'partial'), { recursive: true });
    mkdirSync(state.cache);
    const result = await runApt('apt-get', ['update', '-q'], state, host, work);
    if (result.exitCode !== 0) throw aptFailed('apt-get update', result);
    return keep(work, directory);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

function keep(work: string, directory: string): AptState {
  const numbers = folders(directory).map((name) => Number(/^lists-(\d+)$/.exec(name)?.[1] ?? 0));
  for (let number = Math.max(0, ...numbers) + 1; ; number += 1) {
    const target = join(directory, `lists-${number}`);
    try {
      renameSync(work, target);
    } catch (error) {
      if (isSystemError(error, 'ENOTEMPTY') || isSystemError(error, 'EEXIST')) continue;
      throw error;
    }
    // The one before stays for runs that still read it.
    for (const old of numbers.filter((other) => other > 0 && other < number - 1)) {
      rmSync(join(directory, `lists-${old}`), { recursive: true, force: true });
    }
    return { lists: join(target, 'lists'), cache: join(target, 'cache') };
  }
}

/** The time of the newest package list, in milliseconds; 0 when there is none. */
function newest(lists: string): number {
  let time = 0;
  for (const name of entries(lists).map((entry) => entry.name)) {
    if (!/_(Packages|InRelease|Release)(\.\w+)?$/.test(name)) continue;
    time = Math.max(time, statSync(join(lists, name), { throwIfNoEntry: false })?.ctimeMs ?? 0);
  }
  return time;
}

function folders(directory: string): string[] {
  return entries(directory)
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

function entries(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'EACCES')) return [];
    throw error;
  }
}
