import type { Content } from './content.ts';

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

export interface FileEntry extends Metadata {
  readonly type: 'file';
  content: Content;
}

export interface DirectoryEntry extends Metadata {
  readonly type: 'directory';
  readonly children: Map<string, Entry>;
}

export interface SymlinkEntry extends Metadata {
  readonly type: 'symlink';
  /** As stored, in the spelling of {@link ./name.ts}. */
  target: string;
}

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

/** Metadata with the defaults of a file that root made: 0:0, 0644, no xattrs. */
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

export function fileEntry(content: Content, meta: Metadata): FileEntry {
  return { type: 'file', content, ...meta };
}

export function directoryEntry(meta: Metadata): DirectoryEntry {
  return { type: 'directory', children: new Map(), ...meta };
}

export function symlinkEntry(target: string, meta: Metadata): SymlinkEntry {
  return { type: 'symlink', target, ...meta, mode: 0o777 };
}

export function deviceEntry(
  type: DeviceEntry['type'],
  major: number,
  minor: number,
  meta: Metadata,
): DeviceEntry {
  return { type, major, minor, ...meta };
}

/** Whether Linux has a device of these numbers, of 12 and 20 bits: linux/kdev_t.h. */
export function isDeviceNumber(major: number, minor: number): boolean {
  return major >= 0 && major < 2 ** 12 && minor >= 0 && minor < 2 ** 20;
}

export function pipeEntry(type: PipeEntry['type'], meta: Metadata): PipeEntry {
  return { type, ...meta };
}

/** Overwrites the metadata of an entry, keeping what it is and holds. */
export function setMetadata(entry: Entry, meta: Partial<Metadata>): void {
  if (meta.uid !== undefined) entry.uid = meta.uid;
  if (meta.gid !== undefined) entry.gid = meta.gid;
  if (meta.mode !== undefined && entry.type !== 'symlink') entry.mode = meta.mode;
  if (meta.mtime !== undefined) entry.mtime = meta.mtime;
  if (meta.xattrs !== undefined) entry.xattrs = meta.xattrs;
  if (meta.origin !== undefined) entry.origin = meta.origin;
}
