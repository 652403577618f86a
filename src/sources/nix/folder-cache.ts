import { createReadStream, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError, RootlessBakeError } from '../../errors.ts';
import type { StorePath } from '../../formats/nix/index.ts';
import { checkDigest, hashed } from '../digest.ts';
import { inputError } from '../file.ts';
import type { Archive, ArchiveFile, BinaryCache } from './binary-cache.ts';

/** A binary cache in a folder of this machine, as `nix copy --to file://…` makes it. */
export class FolderCache implements BinaryCache {
  readonly shown: string;

  constructor(folder: string) {
    this.shown = folder;
  }

  async narInfo({ hash }: StorePath): Promise<string | undefined> {
    const path = join(this.shown, `${hash}.narinfo`);
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined;
      throw inputError(path, error);
    }
  }

  async *archive({ url, fileHash, fileSize }: Archive): AsyncGenerator<Uint8Array, void, undefined> {
    const path = this.#place(url);
    const input = hashed(fileChunks(path));
    try {
      const { size } = statSync(path);
      if (fileSize !== undefined && size !== fileSize) {
        throw new RootlessBakeError(
          'RB_DIGEST_MISMATCH',
          `${path} has ${size} bytes instead of ${fileSize}`,
          {
            hint: 'it was changed or damaged: copy it into the binary cache again',
          },
        );
      }
      yield* input.chunks;
      if (fileHash !== undefined) checkDigest(path, await input.digest(), fileHash);
    } catch (error) {
      throw error instanceof RootlessBakeError ? error : inputError(path, error);
    } finally {
      await input.close();
    }
  }

  location({ url }: Archive): string {
    return this.#place(url);
  }

  async file(archive: Archive): Promise<ArchiveFile> {
    const { fileHash: sha256, fileSize: size } = archive;
    if (sha256 !== undefined && size !== undefined) return { sha256, size };
    const input = hashed(this.archive(archive));
    return { sha256: await input.digest(), size: input.size };
  }

  forget(): void {}

  /** @throws RB_ARCHIVE_DAMAGED for what would lead out of the folder */
  #place(url: string): string {
    if (/^[\w+.?=-]+(?:\/[\w+.?=-]+)*$/.test(url) && !url.split('/').includes('..'))
      return join(this.shown, url);
    throw new RootlessBakeError(
      'RB_ARCHIVE_DAMAGED',
      `${this.shown} names the archive ${JSON.stringify(url)}`,
      { hint: 'no honest binary cache does: do not use it' },
    );
  }
}

async function* fileChunks(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  yield* createReadStream(path, { highWaterMark: 256 * 1024 });
}
