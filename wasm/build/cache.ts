/** Files in the user's cache, each with its sha256 beside it; safe with several builds at once. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './paths.ts';

/** Lower-case hex. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Writes a file under a temporary name and renames it: readers see all of it or nothing. */
export async function writeAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomUUID()}`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The file, or undefined if there is none. */
export async function readIfPresent(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * A cache entry whose content still has the sha256 that was stored with it; undefined if it is not there,
 * damaged or unreadable.
 */
export async function readCache(name: string): Promise<Uint8Array | undefined> {
  const path = join(cacheFolder(), name);
  try {
    const [bytes, digest] = await Promise.all([readFile(path), readFile(`${path}.sha256`, 'utf8')]);
    return sha256(bytes) === digest.trim() ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Stores a cache entry. A cache that cannot be written is no error: the next build does the work again. */
export async function writeCache(name: string, bytes: Uint8Array): Promise<void> {
  const path = join(cacheFolder(), name);
  try {
    await writeAtomically(path, bytes);
    await writeAtomically(`${path}.sha256`, `${sha256(bytes)}\n`);
  } catch {
    // read-only or full home directory
  }
}
