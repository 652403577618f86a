import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { BuildError } from './errors.ts';

/** Files by path, without the tarball's own top folder. */
export type FileMap = Map<string, Uint8Array>;

/**
 * Unpacks the regular C files, headers and templates of a .tar.gz in memory.
 * @throws {BuildError} if the archive is damaged
 */
export async function unpackTarball(bytes: Uint8Array, name: string): Promise<FileMap> {
  const files: FileMap = new Map();
  try {
    const archive = extract();
    archive.end(await promisify(gunzip)(bytes));
    for await (const entry of archive) {
      const path = entry.header.name.replace(/^[^/]*\//, '');
      const chunks: Uint8Array[] = [];
      for await (const chunk of entry) chunks.push(chunk as Uint8Array);
      if (entry.header.type === 'file') files.set(path, Buffer.concat(chunks));
    }
  } catch (cause) {
    throw new BuildError(`${name} cannot be unpacked`, '', { cause });
  }
  return files;
}
