import { RootlessBakeError } from '../../errors.ts';
import type { Content } from '../../tree/content.ts';
import {
  type DirectoryEntry,
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  isDeviceNumber,
  type Metadata,
  metadata,
  pipeEntry,
  setMetadata,
  symlinkEntry,
} from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import { splitPath } from '../../tree/path.ts';
import type { Tree } from '../../tree/tree.ts';
import type { TarHeader } from './entries.ts';

/** `PATH_MAX` of linux/limits.h, with the NUL byte, and `NAME_MAX`. */
const PATH_MAX = 4096;
const NAME_MAX = 255;

const HINT = 'no archive of a root has that: take it from another place, or make it again';

/**
 * Puts one entry into a tree as `tar -x`, chrooted into the tree, would put it on a disk:
 *
 * - absolute names count from the tree's root; names with `..` are refused;
 * - links among a name's parents are followed, and never lead out of the tree;
 * - missing parents are made, 0755 0:0 with the entry's time;
 * - a directory on a directory takes its metadata, and anything else replaces what has its name, unless
 *   that is a directory with children.
 *
 * @param content what a file holds; nothing is needed for other types
 * @returns the entry in the tree: for a hard link, the one that it leads to
 * @throws RB_PATH_INVALID for names with `..` or NUL, or that are longer than Linux takes
 * @throws RB_TREE_CONFLICT when a parent is no directory, or a directory would be lost
 * @throws RB_ARCHIVE_DAMAGED when a hard link's target is not there, or a device has numbers that Linux has not
 */
export function placeEntry(tree: Tree, header: TarHeader, origin: string, content?: Content): Entry {
  const meta: Metadata = {
    uid: header.uid,
    gid: header.gid,
    mode: header.mode,
    mtime: header.mtime,
    xattrs: header.xattrs,
    origin,
  };
  const names = safeNames(header.name);
  const name = names.pop();
  if (name === undefined) return placeRoot(tree, header, meta);
  const parents = metadata({ mode: 0o755, mtime: header.mtime, origin });
  const parent = directoryAt(tree, names, header, parents)!;
  const existing = parent.children.get(name);
  if (existing?.type === 'directory' && header.type === 'directory') {
    setMetadata(existing, meta);
    return existing;
  }
  if (existing?.type === 'directory' && existing.children.size > 0) {
    throw new RootlessBakeError(
      'RB_TREE_CONFLICT',
      `${origin}: ${quoted(header.name)} is a ${header.type}, but also a directory with entries`,
      { hint: HINT },
    );
  }
  const entry = header.type === 'link' ? linkTarget(tree, header, origin) : newEntry(header, meta, content);
  parent.children.set(name, entry);
  return entry;
}

function placeRoot(tree: Tree, header: TarHeader, meta: Metadata): Entry {
  if (header.type !== 'directory') {
    throw new RootlessBakeError('RB_PATH_INVALID', `${meta.origin}: the root is a ${header.type}`, {
      hint: HINT,
    });
  }
  setMetadata(tree.root, meta);
  return tree.root;
}

function newEntry(header: TarHeader, meta: Metadata, content: Content | undefined): Entry {
  switch (header.type) {
    case 'file':
      return fileEntry(content!, meta);
    case 'symlink':
      return symlinkEntry(safeTarget(header, meta.origin), meta);
    case 'char':
    case 'block':
      checkDevice(header, meta.origin);
      return deviceEntry(header.type, header.major, header.minor, meta);
    case 'fifo':
    case 'socket':
      return pipeEntry(header.type, meta);
    default:
      return directoryEntry(meta);
  }
}

function linkTarget(tree: Tree, header: TarHeader, origin: string): Entry {
  const names = safeNames(header.linkname);
  const name = names.pop();
  const target = name === undefined ? undefined : directoryAt(tree, names, header)?.children.get(name);
  if (target && target.type !== 'directory') return target;
  throw new RootlessBakeError(
    'RB_ARCHIVE_DAMAGED',
    `${origin}: ${quoted(header.name)} is a hard link to ${quoted(header.linkname)}, ` +
      (target ? 'which is a directory' : 'which does not come before it'),
    { hint: HINT },
  );
}

/** The directory that names lead to, links followed inside of the tree; made where missing if `make` is given. */
function directoryAt(
  tree: Tree,
  names: readonly string[],
  header: TarHeader,
  make?: Metadata,
): DirectoryEntry | undefined {
  let directory = tree.root;
  for (const [index, name] of names.entries()) {
    let child = directory.children.get(name);
    if (child?.type === 'symlink') child = tree.resolve(names.slice(0, index + 1).join('/'))?.entry;
    else if (!child && make) {
      child = directoryEntry(make);
      directory.children.set(name, child);
    }
    if (!child && !make) return undefined;
    if (child?.type !== 'directory') throw noDirectory(names.slice(0, index + 1), header, child);
    directory = child;
  }
  return directory;
}

function noDirectory(
  names: readonly string[],
  header: TarHeader,
  entry: Entry | undefined,
): RootlessBakeError {
  return new RootlessBakeError(
    'RB_TREE_CONFLICT',
    `${quoted(header.name)} cannot be put below /${names.join('/')}, which is ` +
      (entry ? `a ${entry.type} from ${entry.origin}` : 'a link that leads nowhere'),
    { hint: HINT },
  );
}

function safeNames(name: string): string[] {
  if (isLonger(name, PATH_MAX - 1)) throw tooLong(`path ${quoted(name)}`, PATH_MAX - 1);
  const names = splitPath(name);
  const long = names.find((part) => isLonger(part, NAME_MAX));
  if (long !== undefined) throw tooLong(`the name ${quoted(long)} in ${quoted(name)}`, NAME_MAX);
  return names;
}

/** In bytes: names in UTF-16 are at most three times as long. */
function isLonger(name: string, limit: number): boolean {
  return name.length * 3 > limit && encodeName(name).length > limit;
}

function tooLong(what: string, limit: number): RootlessBakeError {
  return new RootlessBakeError('RB_PATH_INVALID', `${what} is longer than ${limit} bytes`, { hint: HINT });
}

function checkDevice({ name, major, minor }: TarHeader, origin: string): void {
  if (isDeviceNumber(major, minor)) return;
  throw new RootlessBakeError(
    'RB_ARCHIVE_DAMAGED',
    `${origin}: ${quoted(name)} is the device ${major}:${minor}, which Linux cannot have`,
    { hint: HINT },
  );
}

function safeTarget({ name, linkname }: TarHeader, origin: string): string {
  if (linkname !== '' && !linkname.includes('\0') && encodeName(linkname).length < PATH_MAX) return linkname;
  throw new RootlessBakeError(
    'RB_PATH_INVALID',
    `${origin}: the link ${quoted(name)} has a target that is empty, too long or holds a NUL byte`,
    { hint: HINT },
  );
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}
