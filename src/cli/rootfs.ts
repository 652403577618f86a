import { randomBytes } from 'node:crypto';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { Scratch } from '../cook/scratch.ts';
import { isSystemError, RootlessBakeError } from '../errors.ts';
import { writeTar } from '../formats/tar/index.ts';
import type { Host } from '../host.ts';
import type { Tree } from '../tree/tree.ts';

/**
 * Writes a root as `.tar`, `.tar.gz` or `.tgz`, or else as a folder, under a temporary name first. An
 * ordinary user's folder has neither owners nor devices: those are in the tar.
 *
 * @throws RB_OUTPUT_UNWRITABLE, and the reason of the host's signal
 */
export async function writeRootfs(tree: Tree, output: string, host: Host): Promise<void> {
  const path = resolve(output);
  try {
    if (/\.(tar|tar\.gz|tgz)$/.test(path)) await writeArchive(tree, path, host);
    else await writeFolder(tree, path, host);
  } catch (error) {
    if (!isSystemError(error) || error.name === 'AbortError')
      throw host.signal.aborted ? host.signal.reason : error;
    throw new RootlessBakeError('RB_OUTPUT_UNWRITABLE', `cannot write ${output}: ${error.message}`, {
      hint: 'give a place that you can write to with -o',
      cause: error,
    });
  }
}

async function writeArchive(tree: Tree, path: string, host: Host): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const { signal } = host;
  try {
    const file = createWriteStream(temporary, { flags: 'wx' });
    if (path.endsWith('.tar')) await pipeline(writeTar(tree), file, { signal });
    else
      await pipeline(writeTar(tree), createGzip({ level: constants.Z_BEST_COMPRESSION }), file, { signal });
    rmSync(path, { recursive: true, force: true });
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
    rmSync(path, { recursive: true, force: true });
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
