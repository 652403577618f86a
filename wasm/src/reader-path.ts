import { Ext2fsError } from './errors.ts';
import type { ReaderInstance } from './reader-instance.ts';

/** As many links as Linux follows in one path (MAXSYMLINKS in linux/namei.h). */
const maxLinks = 40;
const slash = 0x2f;

/** The bytes of a path that is given as a string or as bytes. */
export function pathBytes(path: string | Uint8Array): Uint8Array {
  return typeof path === 'string' ? new TextEncoder().encode(path) : path;
}

/** The bytes of a name as text for people. */
export function shown(name: Uint8Array): string {
  return JSON.stringify(new TextDecoder().decode(name.slice()));
}

/**
 * Follows a path from the root directory as Linux does, within the file system: an absolute target of a link
 * begins at its root, and `..` of the root is the root.
 *
 * @param follow whether a link that the path ends with is followed as well
 * @throws {Ext2fsError} `ENOENT`, `ENOTDIR` or `ELOOP`
 */
export function lookup(fs: ReaderInstance, root: number, path: Uint8Array, follow: boolean): number {
  const names = split(path).reverse();
  const endsWithSlash = path.at(-1) === slash;
  let inode = root;
  let links = 0;
  while (names.length > 0) {
    const name = names.pop()!;
    const child = fs.find(directory(fs, inode, path), name);
    if (child === undefined) {
      throw new Ext2fsError('ENOENT', `${shown(path)}: there is no ${shown(name)} in directory ${inode}`);
    }
    const isLast = names.length === 0;
    if (fs.stat(child).type !== 'symlink' || (isLast && !follow && !endsWithSlash)) {
      inode = child;
      continue;
    }
    links += 1;
    if (links > maxLinks) throw new Ext2fsError('ELOOP', `${shown(path)} leads through too many links`);
    const target = fs.readlink(child);
    if (target[0] === slash) inode = root;
    names.push(...split(target).reverse());
  }
  return endsWithSlash ? directory(fs, inode, path) : inode;
}

function directory(fs: ReaderInstance, inode: number, path: Uint8Array): number {
  const { type } = fs.stat(inode);
  if (type === 'directory') return inode;
  throw new Ext2fsError('ENOTDIR', `${shown(path)} leads through a ${type} as if it were a directory`);
}

/** The names between the slashes. */
function split(path: Uint8Array): Uint8Array[] {
  const names: Uint8Array[] = [];
  for (let start = 0; start < path.length; ) {
    const found = path.indexOf(slash, start);
    const end = found < 0 ? path.length : found;
    if (end > start) names.push(path.subarray(start, end));
    start = end + 1;
  }
  return names;
}
