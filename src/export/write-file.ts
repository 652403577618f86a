import { renameSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { temporaryName } from '../disk/image-file.ts';

/**
 * Writes a file under a temporary name and renames it when it is whole; on any error nothing is left of it.
 *
 * @throws what the chunks and the system calls throw, and an AbortError
 */
export async function writeFileWhole(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const temporary = temporaryName(path);
  const file = await open(temporary, 'wx');
  try {
    await pipeline(chunks, file.createWriteStream(), { signal });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
