import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Product } from './product.ts';

/** The Alpine test data in the checkout, for gates: tests themselves use the copy of {@link Product}. */
export const ALPINE: string = resolve(
  import.meta.dirname,
  '../..',
  process.env['RB_ALPINE_DIR'] ?? '../shared/alpine',
);

/** Options of a cook that starts from the minirootfs, with the repository beside it. */
export function alpineOptions({ alpine }: Product): { base: { tar: string }; repositories: [string] } {
  const name = readdirSync(alpine).find((file) => file.startsWith('alpine-minirootfs-'))!;
  return { base: { tar: join(alpine, name) }, repositories: [join(alpine, 'apks')] };
}
