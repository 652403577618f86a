import type { License } from '../component.ts';
import { type LicenseNode, otherLicense, toLicense } from './node.ts';
import { parseExpression } from './parse.ts';
import { exceptionId, licenseId } from './spdx-list.ts';

/**
 * What a package says of its licence, as Alpine's do, mostly in SPDX's words: they are spelt as the list spells
 * them, and what the list lacks becomes a `LicenseRef-…`. A text that is no expression is one such licence.
 *
 * @returns undefined when it says nothing
 */
export function parseLicense(text: string): License | undefined {
  const said = text.trim().replace(/\s+/g, ' ');
  return said === '' ? undefined : toLicense(parseExpression(said, spdxTerm) ?? otherLicense(said));
}

function spdxTerm(text: string): LicenseNode | undefined {
  const [, name, exception] = /^(\S+)(?: with (\S+))?$/i.exec(text) ?? [];
  if (name === undefined) return undefined;
  const id = spdxId(name);
  if (exception === undefined) return id === undefined ? otherLicense(name) : { term: id };
  const known = exceptionId(exception);
  return id === undefined || known === undefined ? otherLicense(text) : { term: `${id} WITH ${known}` };
}

/** An identifier, which `+` may follow: this version or a later one. */
export function spdxId(name: string): string | undefined {
  const id = licenseId(name);
  if (id !== undefined || !name.endsWith('+')) return id;
  const base = licenseId(name.slice(0, -1));
  return base && `${base}+`;
}
