import * as nodeFs from 'node:fs';
import { dirname } from 'node:path/posix';
import { forKey } from '../../errors.ts';
import { readHostFile } from '../../sources/file.ts';
import { didYouMean } from '../../suggest.ts';
import { textContent } from '../../tree/content.ts';
import { fileEntry } from '../../tree/entry.ts';
import { groupNumber, readIdentities, userNumber } from '../ledger/identities.ts';
import type { Ids } from './accounts/home.ts';
import type { MachineRoot } from './machine-root.ts';
import type { MachineFile } from './options.ts';
import { unfit } from './unfit.ts';

/** Puts the files of the recipe in place; links on the way are followed, one at the end is replaced. */
export function putFiles(root: MachineRoot, files: readonly MachineFile[]): void {
  for (const [index, file] of files.entries()) {
    const place = `machine.files[${index}]`;
    const path = root.place(file.path);
    if (root.tree.get(path)?.type === 'directory')
      throw unfit(
        `${place}.path`,
        `${file.path} is a directory of the root`,
        'write the path of the file in it',
      );
    const owner = ownerOf(root, file.owner, `${place}.owner`);
    const mode = file.mode === undefined ? defaultMode(file) : Number.parseInt(file.mode, 8);
    const content =
      'content' in file
        ? textContent(file.content)
        : forKey(`${place}.source`, () => readHostFile(nodeFs, file.source));
    root.put(path, fileEntry(content, root.meta({ ...owner, mode })), parentsOwner(root, path, owner));
  }
}

function defaultMode(file: MachineFile): number {
  const stat = 'source' in file ? nodeFs.statSync(file.source, { throwIfNoEntry: false }) : undefined;
  return stat && stat.mode & 0o100 ? 0o755 : 0o644;
}

/** Folders that are missing below one of the owner's own are the owner's, too. */
function parentsOwner(root: MachineRoot, path: string, owner: Ids): Ids {
  let above = dirname(path);
  while (!root.tree.get(above)) above = dirname(above);
  return root.tree.get(above)!.uid === owner.uid ? owner : { uid: 0, gid: 0 };
}

/** `user:group`, by names of the root or in numbers; without a group the user's own. */
function ownerOf(root: MachineRoot, owner: string | undefined, place: string): Ids {
  if (owner === undefined) return { uid: 0, gid: 0 };
  const identities = readIdentities(root.tree);
  const [user = '', group] = owner.split(':');
  const uid = userNumber(identities, user);
  if (uid === undefined)
    throw unfit(
      place,
      `the root has no user ${JSON.stringify(user)}`,
      didYouMean(user, identities.users.keys()),
    );
  if (group === undefined) {
    const own = [...identities.users.values()].find((known) => known.uid === uid);
    return { uid, gid: own?.gid ?? uid };
  }
  const gid = groupNumber(identities, group);
  if (gid === undefined)
    throw unfit(
      place,
      `the root has no group ${JSON.stringify(group)}`,
      didYouMean(group, identities.groups.keys()),
    );
  return { uid, gid };
}
