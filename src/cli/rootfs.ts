import { createWriteStream, existsSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { Scratch } from '../cook/scratch/scratch.ts';
import { checkFileOutput, checkOutput, temporaryName, unwritable } from '../disk/image-file.ts';
import { RootlessBakeError } from '../errors.ts';
import { writeTar } from '../formats/tar/index.ts';
import { type Host, throwIfAborted } from '../host.ts';
import type { Tree } from '../tree/tree.ts';

/**
 * Tells before any work is done that a root cannot be written there.
 *
 * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE; the latter also when `force` would remove the folder that
 *   somebody works or lives in
 */
export function checkRootfsOutput(
  output: string,
  force: boolean | undefined,
  { env }: Pick<Host, 'env'>,
): void {
  if (isArchive(output)) checkFileOutput(output, { force });
  else checkOutput(output, { force });
  if (isArchive(output) || !existsSync(output)) return;
  const path = realpathSync(output);
  for (const precious of [realpathSync('.'), env['HOME']]) {
    if (!precious || relative(path, resolve(precious)).startsWith('..')) continue;
    throw new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${output}: ${precious} is in it`, {
      hint: 'Give a folder with -o that may be replaced as a whole.',
    });
  }
}

function isArchive(path: string): boolean {
  return /\.(tar|tar\.gz|tgz)$/.test(path);
}

/**
 * Writes a root as `.tar`, `.tar.gz` or `.tgz`, or else as a folder, under a temporary name first. An
 * ordinary user's folder has neither owners nor devices: those are in the tar.
 *
 * @throws RB_OUTPUT_UNWRITABLE, and the reason of the host's signal
 */
export async function writeRootfs(tree: Tree, output: string, host: Host): Promise<void> {
  const path = resolve(output);
  try {
    if (isArchive(path)) await writeArchive(tree, path, host);
    else await writeFolder(tree, path, host);
  } catch (error) {
    throwIfAborted(host.signal);
    throw unwritable(output, error);
  }
}

async function writeArchive(tree: Tree, path: string, host: Host): Promise<void> {
  const temporary = temporaryName(path);
  const { signal } = host;
  try {
    const file = createWriteStream(temporary, { flags: 'wx' });
    if (path.endsWith('.tar')) await pipeline(writeTar(tree), file, { signal });
    else
      await pipeline(writeTar(tree), createGzip({ level: constants.Z_BEST_COMPRESSION }), file, { signal });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

async function writeFolder(tree: Tree, path: string, host: Host): Promise<void> {
  const scratch = new Scratch(dirname(path));
  try {
    await scratch.synchronise(tree, host);
    const replaced = join(scratch.directory, 'replaced');
    if (existsSync(path)) renameSync(path, replaced);
    renameSync(scratch.root, path);
  } finally {
    await scratch.remove();
  }
  host.emit({
    type: 'message',
    level: 'info',
    text: `${path} belongs to you and holds no devices: the true owners and modes are in a tar (-o rootfs.tar)`,
  });
}
