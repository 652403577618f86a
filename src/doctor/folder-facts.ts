import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { formatSize } from '../recipe/size.ts';
import type { CheckOutcome } from './check.ts';

/** Of the file that is written to see whether holes stay holes, in bytes. */
const LENGTH = 16 << 20;

/** Less than this may not do for an image. */
const LITTLE = 1 << 30;

/** What a folder has to offer to images and temporary files. */
export interface FolderFacts {
  /** Bytes that this user may still write there. */
  readonly free: number;
  /** Whether holes of files take no space. */
  readonly isSparse: boolean;
}

/** Tries a folder by a file that is gone again. @throws system errors when none can be written */
export function folderFacts(folder: string): FolderFacts {
  const path = join(folder, `.rootless-bake-${randomBytes(8).toString('hex')}`);
  const fd = fs.openSync(path, 'wx', 0o600);
  try {
    fs.rmSync(path);
    fs.ftruncateSync(fd, LENGTH);
    fs.writeSync(fd, Buffer.alloc(4096, 1), 0, 4096, LENGTH / 2);
    fs.fsyncSync(fd);
    return { free: freeBytes(folder), isSparse: fs.fstatSync(fd).blocks * 512 < LENGTH / 2 };
  } finally {
    fs.closeSync(fd);
    fs.rmSync(path, { force: true });
  }
}

export function freeBytes(folder: string): number {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

/** @param least bytes below which nothing works */
export function judgeFolder(
  folder: string,
  { free, isSparse = true }: Pick<FolderFacts, 'free'> & Partial<FolderFacts>,
  least: number,
  remedy: string,
): CheckOutcome {
  const found = `${folder}, ${formatSize(free)} free`;
  if (free < LITTLE) return { status: free < least ? 'failed' : 'warning', found, remedy };
  if (isSparse) return { status: 'ok', found };
  return {
    status: 'warning',
    found: `${found}, but its file system does not keep holes in files`,
    remedy: `Images take their whole size there: ${remedy[0]!.toLowerCase()}${remedy.slice(1)}`,
  };
}
