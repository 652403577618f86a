import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';

const SLASH = Buffer.from('/');

/**
 * A digest of what the file system says of a folder and everything in it: names, types, inodes, sizes, owners,
 * modes and times. Whoever writes, replaces or touches anything changes it; no file is read.
 *
 * @returns hex; undefined when something was changed so shortly before that a second change might not show
 * @throws what the system calls throw
 */
export function folderIdentity(path: string, now: number = Date.now()): string | undefined {
  const hash = createHash('sha256');
  const newest = describe(Buffer.from(path), hash);
  return newest > now - CLOCK_TICK ? undefined : hash.digest('hex');
}

/** The coarsest step of a kernel's clock for inodes, with a margin. In milliseconds. */
const CLOCK_TICK = 50;

/** Depth first, in the order of the folders themselves, which stays as long as nobody writes into them. */
function describe(path: Buffer, hash: Hash): number {
  const stat = lstatSync(path);
  const { ino, mode, uid, gid, size, mtimeMs, ctimeMs, rdev } = stat;
  hash.update(`${ino} ${mode} ${uid} ${gid} ${size} ${mtimeMs} ${ctimeMs} ${rdev}\n`);
  let newest = ctimeMs;
  if (!stat.isDirectory()) return newest;
  for (const name of readdirSync(path, 'buffer')) {
    hash.update(name).update(SLASH);
    newest = Math.max(newest, describe(Buffer.concat([path, SLASH, name]), hash));
  }
  hash.update('..\n');
  return newest;
}
