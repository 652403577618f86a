import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's folder: the nearest one above this file that has `c/` in it. */
function findPackage(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'c', 'writer.c'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the folder of ext2fs-wasm has no c/');
    folder = parent;
  }
  return folder;
}

/** The folder of package.json. */
export const packageFolder: string = findPackage();

/** Our C files and the overlay headers. */
export const glueFolder: string = join(packageFolder, 'c');

/** Where the binary goes. */
export const outputPath: string = join(packageFolder, 'dist', 'ext2fs.wasm');

/** The user's cache for this build: tarballs and finished binaries. */
export function cacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return join(base, 'rootless-bake', 'ext2fs-wasm');
}
