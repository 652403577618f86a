import { copyrightLicenses } from '../formats/deb/copyright.ts';
import { type ControlFields, parseControl } from '../formats/deb/index.ts';
import { sortedNames, type Tree } from '../tree/tree.ts';
import { debComponent } from './brought.ts';
import type { Component, License } from './component.ts';
import { debianLicense } from './license/debian.ts';
import { readText } from './text.ts';

/** Where dpkg has its database. */
export const DPKG = '/var/lib/dpkg';

/** The packages that dpkg's database says are there, also in the parts that distroless images have it in. */
export function debComponents(tree: Tree): Component[] {
  const stanzas = statusTexts(tree).flatMap(parseControl);
  return stanzas.filter(isThere).map((control) => debComponent({ control }));
}

/** The licence of a package by its machine-readable copyright file, when it is in the root. */
export function licenseOf(tree: Tree, { copyrightFile }: Component): License | undefined {
  const text = copyrightFile === undefined ? undefined : readText(tree, copyrightFile);
  return text === undefined ? undefined : debianLicense(copyrightLicenses(text));
}

function statusTexts(tree: Tree): string[] {
  const folder = tree.resolve(`${DPKG}/status.d`)?.entry;
  const parts = folder?.type === 'directory' ? sortedNames(folder) : [];
  const paths = parts.filter((name) => !name.endsWith('.md5sums')).map((name) => `${DPKG}/status.d/${name}`);
  return [`${DPKG}/status`, ...paths].map((path) => readText(tree, path) ?? '');
}

/** dpkg(1): what is wanted, an error flag, what is. Parts of distroless images have no such field. */
function isThere(control: ControlFields): boolean {
  if (!control.get('Package') || !control.get('Version')) return false;
  const [, , state = 'installed'] = (control.get('Status') ?? '').split(/\s+/);
  return state !== 'not-installed' && state !== 'config-files';
}
