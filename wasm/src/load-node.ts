import { readFile } from 'node:fs/promises';
import { Ext2fsError } from './errors.ts';

/**
 * Reads ext2fs.wasm from the disk: the only module of this package that uses Node's own modules.
 * @throws {Ext2fsError} `ENOENT` if it has not been built
 */
export async function readWasmFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    throw new Ext2fsError('ENOENT', `${url.pathname} is not there: run \`npm run build\` in ext2fs-wasm`, {
      cause,
    });
  }
}
