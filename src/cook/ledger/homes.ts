import { setMetadata } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Identities, User } from './identities.ts';
import type { Changes } from './reconcile.ts';

/** busybox's adduser gives every home that it makes or takes over mode 02755 (loginutils/adduser.c). */
const HOME_MARK = 0o2000;

/**
 * Gives the homes of users that a step has made to them, and the files in it that come from /etc/skel:
 * adduser's own chown leaves no trace on disk. A home that was there before is the user's only when adduser
 * has left its mark on it in this step.
 */
export function applyHomes(tree: Tree, before: Identities, after: Identities, changes: Changes): void {
  for (const user of after.users.values()) {
    if (before.users.has(user.name)) continue;
    const home = tree.resolve(user.home || '/');
    if (!home || home.path === '/' || home.entry.type !== 'directory') continue;
    const isMade = changes.created.has(home.path);
    const mode = changes.disk.get(home.path)?.mode ?? 0;
    const isMarked = (mode & HOME_MARK) !== 0 && (isMade || changes.modes.has(home.path));
    if (isMarked) setMetadata(home.entry, { uid: user.uid, gid: user.gid, mode });
    else if (isMade && isUnpackaged(home.entry.origin))
      setMetadata(home.entry, { uid: user.uid, gid: user.gid });
    if (isMade) giveSkeleton(tree, home.path, user, changes);
  }
}

function giveSkeleton(tree: Tree, home: string, user: User, changes: Changes): void {
  const skeleton = tree.resolve('/etc/skel');
  if (skeleton?.entry.type !== 'directory') return;
  for (const { path } of tree.walk(skeleton.path)) {
    const copy = home + path.slice(skeleton.path.length);
    const entry = tree.get(copy);
    if (copy !== home && entry && changes.created.has(copy)) {
      setMetadata(entry, { uid: user.uid, gid: user.gid });
    }
  }
}

function isUnpackaged(origin: string): boolean {
  return !origin.startsWith('package ');
}
