/** Both packages as they would be published. */
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packs what has been built, without building it once more, and gives the paths of the tarballs in the folder. */
export function pack(folder) {
  npm(root, 'pack', '--ignore-scripts', '--pack-destination', folder, root, join(root, 'wasm'));
  return readdirSync(folder).map((name) => join(folder, name));
}

export function npm(cwd, ...args) {
  execFileSync('npm', ['--no-audit', '--no-fund', '--loglevel=error', ...args], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
