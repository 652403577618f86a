import { type BigIntStats, chmodSync, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import type { EntryType } from '../../tree/entry.ts';
import { decodeName, encodeName, isEscaped } from '../../tree/name.ts';
import { joinPath } from '../../tree/path.ts';

/** What the disk says about one path of a scratch root. Owners are left out: they say nothing there. */
export interface DiskNode {
  readonly type: EntryType;
  /** The 12 permission bits as found. */
  readonly mode: number;
  /** The bits as they are now, after the owner was given access; equal to `mode` when nothing was missing. */
  readonly diskMode: number;
  readonly size: number;
  readonly ino: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /** Time of birth, which tells a renamed inode from a number used again; 0 where the host keeps none. */
  readonly birthNs: bigint;
  /** For symlinks. */
  readonly target?: string;
  /** For devices, which only a guest of the host's root can make. */
  readonly rdev?: bigint;
}

/** Every path below a scratch root, the root as `/`, parents before children. */
export type DiskState = ReadonlyMap<string, DiskNode>;

/** The path on the host of a tree path, in bytes where the name is not UTF-8. */
export function hostPath(root: string, path: string): string | Buffer {
  const full = path === '/' ? root : root + path;
  return isEscaped(path) ? Buffer.concat([Buffer.from(root, 'utf8'), encodeName(path)]) : full;
}

/** What is known of a scratch root already, and what is not to be seen. */
export interface DiskExpectations {
  /** What was at a path before: the same node is given again when nothing has touched it since. */
  readonly known?: (path: string) => DiskNode | undefined;
  /** Paths that are left out. */
  readonly hidden?: ReadonlySet<string> | undefined;
}

/**
 * Lists a scratch root. Directories that we could not enter and files that we could not read or replace are
 * given the owner's bits on the way, so that later steps and the removal can work.
 *
 * @param root path on the host; nothing may be changing below it
 */
export function readDiskState(root: string, { known, hidden }: DiskExpectations = {}): DiskState {
  const state = new Map<string, DiskNode>();
  const visit = (path: string): void => {
    if (hidden?.has(path)) return;
    const node = readDiskNode(root, path, known?.(path));
    state.set(path, node);
    if (node.type !== 'directory') return;
    const names = readdirSync(hostPath(root, path), { encoding: 'buffer' });
    for (const name of names) visit(joinPath(path, decodeName(name)));
  };
  visit('/');
  return state;
}

/** Looks at one path, as {@link readDiskState} does. */
export function readDiskNode(root: string, path: string, known?: DiskNode): DiskNode {
  const place = hostPath(root, path);
  const stats = lstatSync(place, { bigint: true });
  if (known && isUntouched(known, stats)) return known;
  return nodeOf(place, stats);
}

/** What some stats say, once the owner has the bits that we need. */
export function nodeOf(place: string | Buffer, found: BigIntStats): DiskNode {
  let stats = found;
  const mode = Number(stats.mode & 0o7777n);
  const type = typeOf(stats);
  const diskMode = mode | neededBits(type, stats.nlink);
  if (diskMode !== mode) {
    chmodSync(place, diskMode);
    stats = lstatSync(place, { bigint: true });
  }
  return {
    type,
    mode,
    diskMode,
    size: Number(stats.size),
    ino: stats.ino,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
    birthNs: stats.birthtimeNs,
    ...(type === 'symlink' && { target: decodeName(readlinkSync(place, { encoding: 'buffer' })) }),
    ...((type === 'char' || type === 'block') && { rdev: stats.rdev }),
  };
}

/** Whatever is done to an inode gives it another ctime, in the steps of the kernel's clock. */
function isUntouched(known: DiskNode, stats: BigIntStats): boolean {
  return (
    known.ctimeNs === stats.ctimeNs &&
    known.ino === stats.ino &&
    known.mtimeNs === stats.mtimeNs &&
    known.size === Number(stats.size) &&
    known.mode === known.diskMode &&
    known.mode === Number(stats.mode & 0o7777n) &&
    known.birthNs === stats.birthtimeNs
  );
}

/** The permission bits that the owner of what we make has on disk, so that proot need not change modes. */
export function ownerBits(type: EntryType): number {
  if (type === 'directory') return 0o700;
  return type === 'file' ? 0o600 : 0;
}

/**
 * The bits that we need on what is there. A file with several names may be a file of the host that `prepare`
 * has linked into the root: it is only made readable, where it is not.
 */
function neededBits(type: EntryType, links: bigint): number {
  return type === 'file' && links > 1n ? 0o400 : ownerBits(type);
}

function typeOf(stats: BigIntStats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isCharacterDevice()) return 'char';
  if (stats.isBlockDevice()) return 'block';
  return stats.isFIFO() ? 'fifo' : 'socket';
}
