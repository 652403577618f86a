import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { isSystemError } from '../errors.ts';
import { throwIfAborted } from '../host.ts';
import { fingerprint } from './files.ts';

const CHUNK = 1 << 20;

/** A file that was read through. */
export interface HashedFile {
  /** In hex. */
  readonly sha256: string;
  readonly size: number;
  /** Undefined when it changed while it was read. */
  readonly fingerprint: string | undefined;
}

/** Reads a file through; undefined when there is none. The event loop goes on meanwhile. */
export async function hashFile(path: string | Buffer, signal?: AbortSignal): Promise<HashedFile | undefined> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const before = fingerprint(await file.stat({ bigint: true }));
    const hash = createHash('sha256');
    const chunk = new Uint8Array(CHUNK);
    let size = 0;
    while (true) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK, size);
      if (bytesRead === 0) break;
      if (signal) throwIfAborted(signal);
      hash.update(chunk.subarray(0, bytesRead));
      size += bytesRead;
    }
    const after = fingerprint(await file.stat({ bigint: true }));
    return { sha256: hash.digest('hex'), size, fingerprint: before === after ? after : undefined };
  } finally {
    await file.close();
  }
}
