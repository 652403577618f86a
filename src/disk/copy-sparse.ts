import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { isSystemError } from '../errors.ts';
import { pacer } from '../host.ts';
import type { DataRange } from '../tree/content.ts';
import { dataRuns } from './data-runs.ts';

const PIECE = 1 << 20;

/** Bytes after which the event loop gets a turn. */
const BREATH = 4 << 20;

/** What file systems say that cannot share blocks between files, or not between these two. */
const NO_CLONE = ['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EXDEV', 'EINVAL', 'ENOTTY', 'EPERM'];

export interface SparseCopy {
  /** In bytes. */
  readonly size: number;
  /** Where data lies, sorted and disjoint; all else is zeros. Absent: the file is looked through for it. */
  readonly data?: readonly DataRange[] | undefined;
}

/**
 * Copies a file that is mostly holes: by sharing its blocks where the file system can (btrfs, XFS), else its
 * data alone.
 *
 * @param to gets mode 0644; must not be there yet; what was written of it stays behind on an error
 * @throws what the system calls throw
 */
export async function copySparse(from: string, to: string, { size, data }: SparseCopy): Promise<void> {
  if (tryClone(from, to)) return;
  const source = openSync(from, 'r');
  try {
    const target = openSync(to, 'wx', 0o644);
    try {
      ftruncateSync(target, size);
      const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(1, size)));
      const breathe = pacer(BREATH);
      for (const range of data ?? [{ position: 0, length: size }]) {
        for (const count of copyRange(source, target, range, buffer)) await breathe(count);
      }
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

function tryClone(from: string, to: string): boolean {
  try {
    copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch (error) {
    if (isSystemError(error) && NO_CLONE.includes(error.code ?? '')) return false;
    throw error;
  }
  chmodSync(to, 0o644);
  return true;
}

/** Yields how many bytes it has looked at. */
function* copyRange(
  source: number,
  target: number,
  { position, length }: DataRange,
  buffer: Buffer,
): Generator<number> {
  for (let done = 0; done < length; ) {
    const count = readSync(source, buffer, 0, Math.min(buffer.length, length - done), position + done);
    if (count === 0) return;
    writeData(target, buffer.subarray(0, count), position + done);
    done += count;
    yield count;
  }
}

/** Leaves out the zeros. */
function writeData(target: number, bytes: Buffer, position: number): void {
  for (const run of dataRuns(bytes)) {
    const end = run.position + run.length;
    for (let from = run.position; from < end; )
      from += writeSync(target, bytes, from, end - from, position + from);
  }
}
