import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { pacer } from '../host.ts';

const SLASH = Buffer.from('/');

/**
 * A digest of what the file system says of a folder and everything in it: names, types, inodes, sizes, owners,
 * modes and times. Whoever writes, replaces or touches anything changes it; no file is read.
 *
 * @param now milliseconds since 1970
 * @returns hex; undefined when something was changed so shortly before that a second change might not show
 * @throws what the system calls throw, and the signal's reason
 */
export async function folderIdentity(
  path: string,
  { now = Date.now(), signal }: { readonly now?: number; readonly signal?: AbortSignal } = {},
): Promise<string | undefined> {
  const hash = createHash('sha256');
  const newest = await describe(Buffer.from(path), hash, pacer(BREATH, signal));
  return newest > now - CLOCK_TICK ? undefined : hash.digest('hex');
}

/** The coarsest step of a kernel's clock for inodes, with a margin. In milliseconds. */
const CLOCK_TICK = 50;

/** Entries after which the event loop gets a turn. */
const BREATH = 1000;

/** Depth first, in the order of the folders themselves, which stays as long as nobody writes into them. */
async function describe(path: Buffer, hash: Hash, breathe: ReturnType<typeof pacer>): Promise<number> {
  const stat = lstatSync(path);
  const { ino, mode, uid, gid, size, mtimeMs, ctimeMs, rdev } = stat;
  hash.update(`${ino} ${mode} ${uid} ${gid} ${size} ${mtimeMs} ${ctimeMs} ${rdev}\n`);
  let newest = ctimeMs;
  if (!stat.isDirectory()) return newest;
  for (const name of readdirSync(path, 'buffer')) {
    await breathe(1);
    hash.update(name).update(SLASH);
    newest = Math.max(newest, await describe(Buffer.concat([path, SLASH, name]), hash, breathe));
  }
  hash.update('..\n');
  return newest;
}
