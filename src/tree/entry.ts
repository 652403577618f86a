import type { Content } from './content.ts';

/** What an inode is. */
export type EntryType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';

/** What every inode of a root file system has. */
export interface Metadata {
  /** 0 to 2^32 - 1. */
  uid: number;
  gid: number;
  /** The 12 permission bits: setuid, setgid, sticky and rwx for three classes. */
  mode: number;
  /** Nanoseconds since 1970, negative before. */
  mtime: bigint;
  /** Full names (`security.capability`) to values in the kernel's format. */
  xattrs: ReadonlyMap<string, Uint8Array>;
  /** Which input put the entry here, in words for people: `base`, `package openrc-0.52.1-r2`, `script`. */
  origin: string;
}

/**
 * One inode. Hard links are the same object under several names: identity is link identity.
 */
export type Entry = FileEntry | DirectoryEntry | SymlinkEntry | DeviceEntry | PipeEntry;

/** A regular file. */
export interface FileEntry extends Metadata {
  readonly type: 'file';
  content: Content;
}

/** A directory, and what it holds by name. */
export interface DirectoryEntry extends Metadata {
  readonly type: 'directory';
  readonly children: Map<string, Entry>;
}

/** A symbolic link. */
export interface SymlinkEntry extends Metadata {
  readonly type: 'symlink';
  /** As stored: bytes that are not UTF-8 are lone surrogates, as in names. */
  target: string;
}

/** A device: major numbers have 12 bits, minor ones 20. */
export interface DeviceEntry extends Metadata {
  readonly type: 'char' | 'block';
  readonly major: number;
  readonly minor: number;
}

/** A named pipe or a socket: a name and metadata, nothing else. */
export interface PipeEntry extends Metadata {
  readonly type: 'fifo' | 'socket';
}

const NO_XATTRS: ReadonlyMap<string, Uint8Array> = new Map();

/**
 * Metadata with the defaults of a file that root made: 0:0, 0644, no xattrs.
 *
 * @example
 * import { metadata } from 'rootless-bake';
 *
 * const ofProgram = metadata({ mode: 0o755, mtime: 1_700_000_000n * 1_000_000_000n, origin: 'my tool' });
 */
export function metadata(partial: Partial<Metadata> & Pick<Metadata, 'origin'>): Metadata {
  return {
    uid: partial.uid ?? 0,
    gid: partial.gid ?? 0,
    mode: partial.mode ?? 0o644,
    mtime: partial.mtime ?? 0n,
    xattrs: partial.xattrs ?? NO_XATTRS,
    origin: partial.origin,
  };
}

/**
 * A regular file with this content; not in a tree yet.
 *
 * @example
 * import { fileEntry, metadata, textContent, Tree } from 'rootless-bake';
 *
 * const tree = new Tree();
 * const hostname = fileEntry(textContent('machine\n'), metadata({ origin: 'my tool' }));
 * tree.set('/hostname', hostname);
 * tree.set('/hard-link', hostname);
 */
export function fileEntry(content: Content, meta: Metadata): FileEntry {
  return { type: 'file', content, ...meta };
}

/**
 * An empty directory.
 *
 * @example
 * import { directoryEntry, metadata, Tree } from 'rootless-bake';
 *
 * const tree = new Tree();
 * tree.set('/root', directoryEntry(metadata({ mode: 0o700, origin: 'my tool' })));
 */
export function directoryEntry(meta: Metadata): DirectoryEntry {
  return { type: 'directory', children: new Map(), ...meta };
}

/**
 * A symbolic link, whose mode is always 0777.
 *
 * @example
 * import { metadata, symlinkEntry, Tree } from 'rootless-bake';
 *
 * const tree = new Tree();
 * tree.set('/bin', symlinkEntry('usr/bin', metadata({ origin: 'my tool' })));
 */
export function symlinkEntry(target: string, meta: Metadata): SymlinkEntry {
  return { type: 'symlink', target, ...meta, mode: 0o777 };
}

/**
 * A device; see {@link isDeviceNumber}.
 *
 * @example
 * import { deviceEntry, metadata, Tree } from 'rootless-bake';
 *
 * const tree = new Tree();
 * tree.set('/null', deviceEntry('char', 1, 3, metadata({ mode: 0o666, origin: 'my tool' })));
 */
export function deviceEntry(
  type: DeviceEntry['type'],
  major: number,
  minor: number,
  meta: Metadata,
): DeviceEntry {
  return { type, major, minor, ...meta };
}

/**
 * Whether Linux has a device of these numbers, of 12 and 20 bits: linux/kdev_t.h.
 *
 * @example
 * import { isDeviceNumber } from 'rootless-bake';
 *
 * isDeviceNumber(8, 1); // true: the first partition of the first SCSI disk
 * isDeviceNumber(4096, 0); // false
 */
export function isDeviceNumber(major: number, minor: number): boolean {
  return major >= 0 && major < 2 ** 12 && minor >= 0 && minor < 2 ** 20;
}

/**
 * A named pipe or a socket.
 *
 * @example
 * import { metadata, pipeEntry, Tree } from 'rootless-bake';
 *
 * const tree = new Tree();
 * tree.set('/initctl', pipeEntry('fifo', metadata({ mode: 0o600, origin: 'my tool' })));
 */
export function pipeEntry(type: PipeEntry['type'], meta: Metadata): PipeEntry {
  return { type, ...meta };
}

/**
 * Overwrites the metadata of an entry, keeping what it is and holds. The mode of a symbolic link stays.
 *
 * @example
 * import { setMetadata, type Tree } from 'rootless-bake';
 *
 * function giveAway(tree: Tree): void {
 *   for (const { entry } of tree.walk()) setMetadata(entry, { uid: 1000, gid: 1000 });
 * }
 */
export function setMetadata(entry: Entry, meta: Partial<Metadata>): void {
  if (meta.uid !== undefined) entry.uid = meta.uid;
  if (meta.gid !== undefined) entry.gid = meta.gid;
  if (meta.mode !== undefined && entry.type !== 'symlink') entry.mode = meta.mode;
  if (meta.mtime !== undefined) entry.mtime = meta.mtime;
  if (meta.xattrs !== undefined) entry.xattrs = meta.xattrs;
  if (meta.origin !== undefined) entry.origin = meta.origin;
}
