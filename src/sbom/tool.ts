import { readFileSync } from 'node:fs';

/** What makes the documents. */
export const TOOL: { readonly name: string; readonly version: string } = readManifest();

function readManifest(): { name: string; version: string } {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return { name, version };
}
