import { existsSync, mkdirSync, mkdtempSync, renameSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Scratch } from '../cook/scratch/scratch.ts';
import { type Host, throwIfAborted } from '../host.ts';
import { contentChunks } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';

/**
 * Writes a root as a folder of the calling user's, which has neither owners nor devices; that is told by a
 * message.
 *
 * @throws what the system calls throw, and the reason of the host's signal
 */
export async function writeRootFolder(tree: Tree, path: string, host: Host): Promise<void> {
  const scratch = new Scratch(dirname(path));
  try {
    await scratch.synchronise(tree, host);
    replaceFolder(scratch.root, path, join(scratch.directory, 'replaced'));
  } finally {
    await scratch.remove();
  }
  host.emit({
    type: 'message',
    level: 'info',
    text: `${path} belongs to you and holds no devices: the true owners and modes are in a tar (-o rootfs.tar)`,
  });
}

/**
 * Writes the directories and files of a tree as they are for anybody: modes are those of the umask, times those
 * of the day.
 *
 * @throws as {@link writeRootFolder}
 */
export async function writePlainFolder(tree: Tree, path: string, { signal }: Host): Promise<void> {
  const directory = mkdtempSync(join(dirname(path), `.${basename(path)}.`));
  try {
    const made = join(directory, 'made');
    for (const item of tree.walk()) {
      const place = join(made, item.path);
      if (item.entry.type === 'directory') mkdirSync(place);
      else if (item.entry.type === 'file') {
        const file = await open(place, 'wx');
        try {
          for (const chunk of contentChunks(item.entry.content)) {
            throwIfAborted(signal);
            await file.writeFile(chunk);
          }
        } finally {
          await file.close();
        }
      }
    }
    replaceFolder(made, path, join(directory, 'replaced'));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Puts a finished folder in the place of another; what was there goes aside, to be removed. */
function replaceFolder(made: string, path: string, aside: string): void {
  const isReplaced = existsSync(path);
  if (isReplaced) renameSync(path, aside);
  try {
    renameSync(made, path);
  } catch (error) {
    if (isReplaced) renameSync(aside, path);
    throw error;
  }
}
