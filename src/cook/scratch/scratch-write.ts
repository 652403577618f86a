import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  fchmodSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { RootlessBakeError } from '../../errors.ts';
import { type Content, dataRanges, readFully } from '../../tree/content.ts';
import type { Entry } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import { type DiskNode, hostPath, ownerBits } from '../ledger/disk-state.ts';

const BUFFER = new Uint8Array(1 << 20);

/**
 * Writes one entry that is no device or socket. Nothing may be at the path, unless it is a directory with `exists`; the
 * parent must be a directory that we made. Modes do not depend on the umask.
 */
export function writeNode(root: string, path: string, entry: Entry, exists: boolean): void {
  const place = hostPath(root, path);
  switch (entry.type) {
    case 'directory':
      if (!exists && path !== '/') mkdirSync(place, 0o700);
      chmodSync(place, entry.mode | ownerBits('directory'));
      break;
    case 'file':
      writeFile(place, entry.content, entry.mode | ownerBits('file'));
      break;
    case 'symlink':
      symlinkSync(Buffer.from(encodeName(entry.target)), place);
      break;
    case 'fifo':
      makeFifo(place);
      chmodSync(place, entry.mode);
      break;
    default:
      throw new RootlessBakeError('RB_INTERNAL', `${path}: a ${entry.type} is not made on disk`);
  }
}

/** Gives the file that lies at `from` a second name. */
export function linkNode(root: string, from: string, to: string): void {
  linkSync(hostPath(root, from), hostPath(root, to));
}

/** Removes one node; a directory must be empty by then. */
export function removeNode(root: string, path: string, node: DiskNode): void {
  if (node.type === 'directory') rmdirSync(hostPath(root, path));
  else unlinkSync(hostPath(root, path));
}

function writeFile(place: string | Buffer, content: Content, mode: number): void {
  const fd = openSync(place, 'wx', 0o600);
  try {
    if (content.bytes) writeAll(fd, content.bytes, 0);
    else copyContent(fd, content);
    fchmodSync(fd, mode);
  } finally {
    closeSync(fd);
  }
}

/** Holes stay holes. */
function copyContent(fd: number, content: Content): void {
  const reader = content.open();
  try {
    for (const { position, length } of dataRanges(content)) {
      for (let done = 0; done < length; ) {
        const piece = BUFFER.subarray(0, Math.min(BUFFER.length, length - done));
        readFully(reader, piece, position + done);
        writeAll(fd, piece, position + done);
        done += piece.length;
      }
    }
    if (content.data) ftruncateSync(fd, content.size);
  } finally {
    reader.close();
  }
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
  }
}

/** node has no mkfifo(3). */
function makeFifo(place: string | Buffer): void {
  if (typeof place !== 'string') {
    throw new RootlessBakeError('RB_PATH_INVALID', `a named pipe with a name that is not UTF-8: ${place}`);
  }
  const run = spawnSync('mkfifo', ['-m', '600', '--', place], { encoding: 'utf8' });
  if (run.status !== 0) {
    throw new RootlessBakeError('RB_INTERNAL', `mkfifo failed: ${run.error?.message ?? run.stderr.trim()}`);
  }
}
