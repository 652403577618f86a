import { readFileSync } from 'node:fs';

/** Modules in the order in which they are joined: each imports from those before it. */
const MODULES = ['format', 'squarify', 'treemap', 'tables', 'theme', 'start'];

/**
 * The page's script, for a page cannot import what is inside of itself: modules become one block, where exported
 * names are just there. Types are in their comments. Without the script only the picture of the tree is missing.
 */
export function pageScript(): string {
  const parts = MODULES.map((name) => {
    const text = readFileSync(new URL(`./client/${name}.js`, import.meta.url), 'utf8');
    return text.replaceAll(/^import [^;]*;\n/gm, '').replaceAll(/^export (?=function )/gm, '');
  });
  return `'use strict';\n{\n${parts.join('\n')}}\n`;
}
