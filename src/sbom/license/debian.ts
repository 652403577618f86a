import type { License } from '../component.ts';
import { joined, type LicenseNode, otherLicense, toLicense } from './node.ts';
import { parseExpression } from './parse.ts';
import { spdxId } from './spdx.ts';
import { exceptionId, licenseId } from './spdx-list.ts';

/** Short names of the copyright format that SPDX's list has under others. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['expat', 'MIT'],
  ['artistic', 'Artistic-1.0'],
  ['cc0', 'CC0-1.0'],
]);

/**
 * The licences of a package's files together, from short names of Debian's copyright format 1.0.
 *
 * @returns undefined when there are none
 */
export function debianLicense(names: readonly string[]): License | undefined {
  if (names.length === 0) return undefined;
  return toLicense(
    joined(
      'AND',
      names.map((name) => parseExpression(name, debianTerm) ?? otherLicense(name)),
    ),
  );
}

function debianTerm(text: string): LicenseNode | undefined {
  const [, name, exception] = /^(\S+)(?: with (\S+)(?: exception)?)?$/i.exec(text) ?? [];
  const id = name === undefined ? undefined : debianId(name);
  if (id === undefined) return otherLicense(text);
  if (exception === undefined) return { term: id };
  const known = exceptionId(exception) ?? exceptionId(`${exception}-exception`);
  return known === undefined ? otherLicense(text) : { term: `${id} WITH ${known}` };
}

/** `GPL-2+` is `GPL-2.0-or-later`; zeros at the end of versions do not matter. */
function debianId(name: string): string | undefined {
  const gnu = /^(A?GPL|LGPL|GFDL)(-NIV)?-(\d)(?:\.(\d))?(?:\.0)?(\+)?$/i.exec(name);
  if (gnu) {
    const [, family, free, major, minor = '0', later] = gnu;
    const invariants = free === undefined ? '' : '-no-invariants';
    return licenseId(`${family}-${major}.${minor}${invariants}-${later ? 'or-later' : 'only'}`);
  }
  return NAMES.get(name.toLowerCase()) ?? spdxId(name) ?? spdxId(name.replace(/(-\d)(\+?)$/, '$1.0$2'));
}
