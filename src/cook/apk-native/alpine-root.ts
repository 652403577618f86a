import { isHttpUrl } from '../../net/url.ts';
import { textContent } from '../../tree/content.ts';
import { deviceEntry, directoryEntry, fileEntry, metadata } from '../../tree/entry.ts';
import { Tree } from '../../tree/tree.ts';
import type { AlpineBase } from '../options.ts';
import { alpineRepositories } from './alpine-repositories.ts';

const ORIGIN = 'base';

/** Folders and devices that `apk --initdb` makes in a new root (apk-tools 2, src/database.c). */
const FOLDERS: readonly (readonly [path: string, mode: number])[] = [
  ['/dev', 0o755],
  ['/etc/apk', 0o755],
  ['/lib/apk/db', 0o755],
  ['/proc', 0o555],
  ['/tmp', 0o1777],
  ['/var/cache/apk', 0o755],
  ['/var/cache/misc', 0o755],
];
const DEVICES: readonly (readonly [path: string, mode: number, major: number, minor: number])[] = [
  ['/dev/console', 0o600, 5, 1],
  ['/dev/null', 0o666, 1, 3],
  ['/dev/random', 0o666, 1, 8],
  ['/dev/urandom', 0o666, 1, 9],
  ['/dev/zero', 0o666, 1, 5],
];

/** What apk begins with in a folder of its own: no packages yet, Alpine's repositories of the release. */
export function newAlpineRoot(base: AlpineBase): Tree {
  const tree = new Tree(metadata({ mode: 0o755, origin: ORIGIN }));
  const parents = metadata({ mode: 0o755, origin: ORIGIN });
  for (const [path, mode] of FOLDERS) {
    tree.set(path, directoryEntry(metadata({ mode, origin: ORIGIN })), parents);
  }
  for (const [path, mode, major, minor] of DEVICES) {
    tree.set(path, deviceEntry('char', major, minor, metadata({ mode, origin: ORIGIN })));
  }
  const known = base.mirror === undefined || isHttpUrl(base.mirror) ? base : { alpine: base.alpine };
  const lines = alpineRepositories(known).map((line) => `${line}\n`);
  tree.set('/etc/apk/repositories', fileEntry(textContent(lines.join('')), metadata({ origin: ORIGIN })));
  return tree;
}
