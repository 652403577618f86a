import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Product } from './product.ts';

/** The `--set` options that point the Alpine cakes at the test data instead of Alpine's servers. */
export function alpineSettings({ alpine }: Product): string[] {
  const name = readdirSync(alpine).find((file) => file.startsWith('alpine-minirootfs-'))!;
  const base = join(alpine, name);
  const sha256 = createHash('sha256').update(readFileSync(base)).digest('hex');
  const settings = {
    'cook.base.tar': base,
    'cook.base.sha256': sha256,
    'cook.repositories': `[${join(alpine, 'apks')}]`,
  };
  return Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}

/** The recipe that the article's machine became. */
export function alpineRecipe({ root }: Product): string {
  return join(root, 'fixtures/cakes/alpine-machine.yaml');
}
