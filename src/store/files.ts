import { randomBytes } from 'node:crypto';
import {
  type BigIntStats,
  closeSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { makeFolders } from './folder.ts';

/** System errors that more space, or another folder, would cure. */
const NO_ROOM = ['ENOSPC', 'EDQUOT', 'EFBIG'];

/** Milliseconds after which a use is noted again: far less often than anything is used. */
const TOUCH_INTERVAL = 5 * 60_000;

/** Runs file operations of the store and words their failure. @throws RB_STORE_UNUSABLE */
export function storing<T>(directory: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeError(directory, error);
  }
}

/** The error for what a system call refused in the store; anything else is given back as it is. */
export function storeError(directory: string, error: unknown): unknown {
  if (!isSystemError(error)) return error;
  const isFull = NO_ROOM.includes(error.code ?? '');
  return new RootlessBakeError(
    'RB_STORE_UNUSABLE',
    `the store ${directory} ${isFull ? 'takes no more' : 'cannot be used'}: ${error.code}`,
    {
      hint: isFull
        ? 'free some space there (rootless-bake cache prune), or name another folder by --store or RB_STORE'
        : 'check its owner and permissions, or name another folder by --store or RB_STORE',
      cause: error,
    },
  );
}

/**
 * What a file is like that nobody has written to since: any write, and any change of name, owner or mode,
 * sets another ctime, which no call can set back.
 */
export function fingerprint({ ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
}

/** The regular file at a path; undefined when there is none. A link is no file of ours. */
export function statFile(path: string): BigIntStats | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stat?.isFile() ? stat : undefined;
}

/** A free name in the folder `tmp` of the store, which every rename starts from. */
export function temporaryPath(directory: string): string {
  const folder = join(directory, 'tmp');
  makeStoreFolder(directory, folder);
  return join(folder, `${process.pid}-${randomBytes(8).toString('hex')}`);
}

/** Opens a new file under such a name. */
export function openTemporary(directory: string, mode: number): { fd: number; path: string } {
  const path = temporaryPath(directory);
  return { fd: openSync(path, 'wx+', mode), path };
}

/** Makes a folder of the store. The store itself is private, for it may hold secrets of cooked roots. */
export function makeStoreFolder(directory: string, folder: string): void {
  makeFolders(dirname(directory));
  makeFolders(directory, 0o700);
  makeFolders(folder);
}

/** Writes a small file so that it is there as a whole or not at all. */
export function writeStoreFile(directory: string, path: string, text: string): void {
  const temporary = openTemporary(directory, 0o644);
  try {
    try {
      writeAll(temporary.fd, Buffer.from(text));
    } finally {
      closeSync(temporary.fd);
    }
    makeStoreFolder(directory, dirname(path));
    renameSync(temporary.path, path);
  } catch (error) {
    rmSync(temporary.path, { force: true });
    throw error;
  }
}

/** Writes all of `bytes` at the file's position. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
}

/** A file's text; undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Notes by its mtime that a side file was used now. A store that may only be read does without. */
export function touch(path: string, now: number = Date.now()): void {
  try {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat || now - stat.mtimeMs < TOUCH_INTERVAL) return;
    utimesSync(path, now / 1000, now / 1000);
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}
