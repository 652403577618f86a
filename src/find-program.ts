import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Host } from './host.ts';

/** The path of a program, the first on the host's PATH. */
export function findProgram(name: string, host: Pick<Host, 'env'>): string | undefined {
  const [first] = findPrograms(name, host);
  return first;
}

/** All programs of a name, in the order of the host's PATH. */
export function* findPrograms(name: string, { env }: Pick<Host, 'env'>): Generator<string> {
  for (const folder of (env['PATH'] ?? '').split(delimiter)) {
    if (folder === '') continue;
    const path = join(folder, name);
    if (isExecutable(path)) yield path;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
