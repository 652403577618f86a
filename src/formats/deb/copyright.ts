import { parseControl } from './control.ts';

/**
 * The licences that a machine-readable copyright file names for the files of its package, each once, in the order
 * of the file (copyright format 1.0, DEP-5): short names such as `GPL-2+` with `and`, `or` and `with` between them.
 * Empty for files in free text.
 */
export function copyrightLicenses(text: string): string[] {
  // Most texts that are none are long.
  if (!/^Format(?:-Specification)?:/m.test(text.slice(0, 4096))) return [];
  const [header, ...stanzas] = parseControl(text);
  const format = header?.get('Format') ?? header?.get('Format-Specification') ?? '';
  if (!/copyright-format|dep-?5/i.test(format)) return [];
  const names = stanzas
    .filter((stanza) => stanza.has('Files'))
    .map((stanza) => (stanza.get('License') ?? '').split('\n')[0]!.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}
