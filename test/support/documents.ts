import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const PROJECT: string = resolve(import.meta.dirname, '../..');

/** The documents of the project, as paths from its folder. */
export const DOCUMENTS: readonly string[] = [
  'README.md',
  ...readdirSync(join(PROJECT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export function readDocument(path: string): string {
  return readFileSync(join(PROJECT, path), 'utf8');
}

/** Whether a path of the project is there. */
export function isInProject(path: string): boolean {
  return existsSync(join(PROJECT, path));
}
