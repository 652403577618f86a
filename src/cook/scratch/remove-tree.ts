import { chmod, readdir, rm } from 'node:fs/promises';
import { isSystemError } from '../../errors.ts';

/** Removes a folder and all below it, also where directories without write permission stand in the way. */
export async function removeTree(directory: string): Promise<void> {
  try {
    await rm(directory, { recursive: true, force: true });
  } catch (error) {
    if (!isSystemError(error, 'EACCES') && !isSystemError(error, 'EPERM')) throw error;
    await openUp(Buffer.from(directory));
    await rm(directory, { recursive: true, force: true });
  }
}

async function openUp(directory: Buffer): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true, encoding: 'buffer' })) {
    if (entry.isDirectory()) await openUp(Buffer.concat([directory, Buffer.from('/'), entry.name]));
  }
}
