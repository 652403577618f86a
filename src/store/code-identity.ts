import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CODE = fileURLToPath(new URL('..', import.meta.url));
const PACKAGE = join(CODE, '..');

/**
 * What tells this package's code from any other: its version, and in a checkout, where the version says little,
 * name, size and time of every file of code. It is looked at once: code that runs does not change.
 */
export function codeIdentity(): string {
  identity ??= identify();
  return identity;
}

let identity: string | undefined;

function identify(): string {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  if (!statSync(join(PACKAGE, 'tsconfig.json'), { throwIfNoEntry: false })) return version;
  const hash = createHash('sha256').update(version);
  for (const folder of [CODE, join(PACKAGE, 'wasm/dist')]) {
    for (const path of codeIn(folder)) {
      const { size, mtimeMs } = statSync(path);
      hash.update(`${path.slice(folder.length)} ${size} ${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

/** Paths of all files of code below a folder, in an order of its own. With the types of entries none is looked at twice. */
function codeIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return codeIn(path);
    return /(?<!\.d)\.(?:js|ts|wasm)$/.test(entry.name) ? [path] : [];
  });
}
