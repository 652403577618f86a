/** Gets the e2fsprogs tarball and proves that it is the pinned one. */
import { aptSourceTarball } from './apt.ts';
import { readCache, readIfPresent, sha256, writeCache } from './cache.ts';
import { BuildError } from './errors.ts';
import type { Progress } from './progress.ts';
import { source } from './recipe.ts';

const environmentVariable = 'EXT2FS_WASM_SOURCE';

async function fromEnvironment(path: string): Promise<Uint8Array> {
  const bytes = await readIfPresent(path);
  if (!bytes) throw new BuildError(`${environmentVariable} names ${path}, which does not exist`);
  const digest = sha256(bytes);
  if (digest !== source.sha256) {
    throw new BuildError(
      `${environmentVariable} names ${path}, which is not ${source.file}: its sha256 is ${digest}, expected ${source.sha256}`,
      `Point ${environmentVariable} at upstream's tarball of e2fsprogs ${source.version}.`,
    );
  }
  return bytes;
}

async function fromUrl(): Promise<Uint8Array> {
  const response = await fetch(source.url, { signal: AbortSignal.timeout(120_000) });
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * The tarball, from the first of: the cache, the file that EXT2FS_WASM_SOURCE names, the machine's apt
 * sources (as an ordinary user), the kernel.org mirror.
 * @throws {BuildError} if none has it, or EXT2FS_WASM_SOURCE names another file
 */
export async function obtainTarball(progress: Progress): Promise<Uint8Array> {
  const cached = await readCache(source.file);
  if (cached && sha256(cached) === source.sha256) return cached;
  const path = process.env[environmentVariable];
  const failures: string[] = [];
  let bytes: Uint8Array | undefined;
  if (path) {
    bytes = await fromEnvironment(path);
  } else {
    for (const [name, get] of [
      ['apt-get source', aptSourceTarball],
      [source.url, fromUrl],
    ] as const) {
      progress.step(`fetching ${source.file} (${name})`);
      try {
        const candidate = await get();
        const digest = sha256(candidate);
        if (digest !== source.sha256) throw new Error(`sha256 is ${digest}, expected ${source.sha256}`);
        bytes = candidate;
        break;
      } catch (error) {
        failures.push(`  ${name}: ${describe(error)}`);
      }
    }
  }
  if (!bytes) {
    throw new BuildError(
      `the source of e2fsprogs ${source.version} cannot be had:\n${failures.join('\n')}`,
      `Get ${source.file} (sha256 ${source.sha256}) elsewhere and set ${environmentVariable} to its path.`,
    );
  }
  await writeCache(source.file, bytes);
  return bytes;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
