import { spawnSync } from 'node:child_process';
import {
  type BigIntStats,
  chmodSync,
  closeSync,
  fchmodSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { writeContent } from '../../disk/write-content.ts';
import { RootlessBakeError } from '../../errors.ts';
import type { Content } from '../../tree/content.ts';
import type { Entry } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import { type DiskNode, hostPath, nodeOf, ownerBits, readDiskNode } from '../ledger/disk-state.ts';

/** What may be given when something is made; writing takes the other bits away again. */
const PERMISSIONS = 0o777;

/**
 * Writes one entry that is no device or socket. Nothing may be at the path, unless it is a directory with `exists`; the
 * parent must be a directory that we made. Modes do not depend on the umask.
 *
 * @returns what is there then
 */
export function writeNode(root: string, path: string, entry: Entry, exists: boolean): DiskNode {
  const place = hostPath(root, path);
  switch (entry.type) {
    case 'directory':
      return writeDirectory(place, entry.mode | ownerBits('directory'), exists || path === '/');
    case 'file':
      return nodeOf(place, writeFile(place, entry.content, entry.mode | ownerBits('file')));
    case 'symlink':
      symlinkSync(Buffer.from(encodeName(entry.target)), place);
      return readDiskNode(root, path);
    case 'fifo':
      makeFifo(place);
      chmodSync(place, entry.mode);
      return readDiskNode(root, path);
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

function writeDirectory(place: string | Buffer, mode: number, exists: boolean): DiskNode {
  if (!exists) mkdirSync(place, mode & PERMISSIONS);
  const stats = lstatSync(place, { bigint: true });
  if (Number(stats.mode & 0o7777n) === mode) return nodeOf(place, stats);
  chmodSync(place, mode);
  return nodeOf(place, lstatSync(place, { bigint: true }));
}

function writeFile(place: string | Buffer, content: Content, mode: number): BigIntStats {
  const fd = openSync(place, 'wx', mode & PERMISSIONS);
  try {
    writeContent(fd, content);
    const stats = fstatSync(fd, { bigint: true });
    if (Number(stats.mode & 0o7777n) === mode) return stats;
    fchmodSync(fd, mode);
    return fstatSync(fd, { bigint: true });
  } finally {
    closeSync(fd);
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
