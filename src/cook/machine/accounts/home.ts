import { type Entry, setMetadata } from '../../../tree/entry.ts';
import type { MachineRoot } from '../machine-root.ts';

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

const SKELETON = '/etc/skel';

/**
 * Makes a home with what /etc/skel holds. One at its usual place that is there already, from contents say, becomes
 * the user's as far as it was nobody's: 0:0. A home elsewhere that is there belongs to the system as well, and stays.
 */
export function makeHome(root: MachineRoot, name: string, home: string, owner: Ids): void {
  if (root.has(home)) {
    if (home === `/home/${name}`) giveTo(root, home, owner);
    return;
  }
  root.makeDirectory(home, { ...owner, mode: 0o700 });
  copySkeleton(root, home, owner);
}

function giveTo(root: MachineRoot, home: string, owner: Ids): void {
  for (const { entry } of root.tree.walk(root.tree.resolve(home)!.path))
    if (entry.uid === 0 && entry.gid === 0) setMetadata(entry, owner);
}

function copySkeleton(root: MachineRoot, home: string, owner: Ids): void {
  const skeleton = root.tree.resolve(SKELETON);
  if (skeleton?.entry.type !== 'directory') return;
  const target = root.tree.resolve(home)!.path;
  for (const { path, entry } of [...root.tree.walk(skeleton.path)].slice(1))
    root.put(target + path.slice(skeleton.path.length), copyOf(root, entry, owner));
}

function copyOf(root: MachineRoot, entry: Entry, owner: Ids): Entry {
  const copy = { ...entry, ...owner, mtime: root.meta().mtime, origin: root.meta().origin };
  return copy.type === 'directory' ? { ...copy, children: new Map() } : copy;
}

/** Adds lines to a user's authorized_keys, in a folder that sshd's StrictModes has nothing against. */
export function authorizeKeys(root: MachineRoot, home: string, owner: Ids, keys: readonly string[]): void {
  const folder = `${home === '/' ? '' : home}/.ssh`;
  root.makeDirectory(folder, { ...owner, mode: 0o700 });
  const path = `${folder}/authorized_keys`;
  const known = (root.read(path) ?? '').split('\n').filter((line) => line !== '');
  const lines = [...new Set([...known, ...keys])];
  root.write(path, `${lines.join('\n')}\n`, { ...owner, mode: 0o600 });
}
