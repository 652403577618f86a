import { type InstalledPackage, parseInstalled } from '../formats/apk/database.ts';
import type { Tree } from '../tree/tree.ts';
import type { Component } from './component.ts';
import { parseLicense } from './license/spdx.ts';
import { parseMaintainer } from './maintainer.ts';
import { readText } from './text.ts';

/** The database of apk-tools 2: fields as in an index, apk-package(5). */
export const APK_INSTALLED = '/lib/apk/db/installed';

/** The packages that apk has installed in a root. */
export function apkComponents(tree: Tree): Component[] {
  return parseInstalled(readText(tree, APK_INSTALLED) ?? '')
    .filter(({ name }) => name !== '')
    .map(apkComponent);
}

/** What the fields of an index, or of the database, say of a package. */
export function apkComponent({
  name,
  version,
  fields,
  sha256,
}: Pick<InstalledPackage, 'name' | 'version' | 'fields'> & { readonly sha256?: string }): Component {
  const said = (letter: string): string | undefined => fields.get(letter)?.trim() || undefined;
  const [architecture, homepage, origin, commit] = [said('A'), said('U'), said('o'), said('c')];
  const license = parseLicense(said('L') ?? '');
  const maintainer = parseMaintainer(said('m'));
  return {
    type: 'apk',
    name,
    version,
    ...(architecture !== undefined && { architecture }),
    ...(license && { license }),
    ...(maintainer && { maintainer }),
    ...(homepage !== undefined && { homepage }),
    ...(origin !== undefined && { source: { name: origin, ...(commit !== undefined && { commit }) } }),
    ...(sha256 !== undefined && { sha256 }),
    origin: `package ${name}-${version}`,
  };
}
