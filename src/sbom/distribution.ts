import type { Tree } from '../tree/tree.ts';
import { readText } from './text.ts';

/** What a root says that it is: os-release(5). */
export interface Distribution {
  /** Such as `alpine` or `debian`. */
  readonly id: string;
  /** `VERSION_ID`, such as `3.19.4` or `12`; empty where releases are not numbered. */
  readonly version: string;
  /** For people. */
  readonly title: string;
}

/** Undefined when a root does not say what it is. */
export function distributionOf(tree: Tree): Distribution | undefined {
  const text = readText(tree, '/etc/os-release') ?? readText(tree, '/usr/lib/os-release');
  if (text === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^\s*([A-Z][A-Z0-9_]*)=(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) fields.set(key, unquote(value));
  }
  const id = (fields.get('ID') ?? '').toLowerCase();
  if (!/^[a-z0-9._-]+$/.test(id)) return undefined;
  return { id, version: fields.get('VERSION_ID') ?? '', title: fields.get('PRETTY_NAME') || id };
}

/** A value as the shell would read it; variables and commands are not allowed there. */
function unquote(value: string): string {
  const [, single, double] = /^(?:'(.*)'|"(.*)")$/.exec(value) ?? [];
  return single ?? (double ?? value).replace(/\\([\\"'$`])/g, '$1');
}
