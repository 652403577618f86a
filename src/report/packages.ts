import { parsePackageName } from '../formats/nix/package-name.ts';
import { STORE, storePath } from '../formats/nix/store-path.ts';
import type { Host, Pause } from '../host.ts';
import { escapeName } from '../inspect/listing.ts';
import { isReadable, type RootFacts } from '../inspect/root-facts.ts';
import { APK_INSTALLED } from '../sbom/apk-components.ts';
import type { Component } from '../sbom/component.ts';
import { componentsOf } from '../sbom/components.ts';
import { DPKG } from '../sbom/deb-components.ts';
import { type OwnerOf, owners } from '../sbom/owners.ts';
import { packageUrl } from '../sbom/purl.ts';
import { sortedNames, type Tree } from '../tree/tree.ts';
import type { Shares } from './shares.ts';

/** A package, and what of the tree is its own. All of it is text without control characters. */
export interface PackageShare {
  readonly type: Component['type'];
  readonly name: string;
  /** May be empty. */
  readonly version: string;
  readonly architecture?: string;
  /** An SPDX licence expression. */
  readonly license?: string;
  readonly url: string;
  /** Of its files, each name by itself. */
  readonly bytes: number;
  /** Of every type but directories. */
  readonly entries: number;
}

/** The packages of a tree, and whose its files are. */
export interface Packages {
  readonly components: readonly Component[];
  readonly ownerOf: OwnerOf;
}

/**
 * Finds packages in the databases of apk and dpkg, and in the store of Nix by the names of its paths.
 *
 * @param brought by contents, where that is known
 */
export async function findPackages(
  tree: Tree,
  brought: readonly Component[],
  host: Pick<Host, 'now' | 'signal'>,
): Promise<Packages> {
  if (!isReadable(tree, databases(tree))) return { components: [], ownerOf: () => undefined };
  const known = new Set(brought.map(({ path }) => path));
  const stored = storeComponents(tree).filter(({ path }) => !known.has(path));
  const components = await componentsOf(tree, [...brought, ...stored], host);
  const listed = await owners(tree, components, host);
  const byStorePath = new Map(components.map((component) => [component.path, component]));
  return {
    components,
    ownerOf(path, entry) {
      if (!path.startsWith(`${STORE}/`)) return listed(path, entry);
      const end = path.indexOf('/', STORE.length + 1);
      return byStorePath.get(end < 0 ? path : path.slice(0, end)) ?? listed(path, entry);
    },
  };
}

/**
 * Sorted by size, then as the components are.
 *
 * @param pause called after each package
 */
export async function packageShares(
  { components }: Packages,
  { byComponent }: Pick<Shares, 'byComponent'>,
  { os }: Pick<RootFacts, 'os'>,
  pause: Pause,
): Promise<PackageShare[]> {
  const shares: PackageShare[] = [];
  for (const component of components) {
    const { type, name, version, architecture, license } = component;
    shares.push({
      type,
      name: escapeName(name),
      version: escapeName(version),
      ...(architecture !== undefined && { architecture: escapeName(architecture) }),
      ...(license && { license: escapeName(license.expression) }),
      url: packageUrl(component, os),
      ...(byComponent.get(component) ?? { bytes: 0, entries: 0 }),
    });
    const paused = pause();
    if (paused) await paused;
  }
  return shares.sort((a, b) => b.bytes - a.bytes);
}

/** Store paths of a root that no recipe of ours made: what they are from is in their names only. */
function storeComponents(tree: Tree): Component[] {
  const store = tree.get(STORE);
  if (store?.type !== 'directory') return [];
  return sortedNames(store).flatMap((base): Component[] => {
    const found = storePath(base);
    if (!found || base.endsWith('.drv')) return [];
    const path = `${STORE}/${base}`;
    return [{ type: 'nix', ...parsePackageName(found.name), path, origin: path }];
  });
}

/** Every file that the search for packages would read. */
function databases(tree: Tree): string[] {
  const files = (folder: string): string[] => {
    const entry = tree.resolve(folder)?.entry;
    return entry?.type === 'directory' ? sortedNames(entry).map((name) => `${folder}/${name}`) : [];
  };
  const licenses = files('/usr/share/doc').map((folder) => `${folder}/copyright`);
  const dpkg = [`${DPKG}/status`, ...files(`${DPKG}/status.d`), ...files(`${DPKG}/info`)];
  return [APK_INSTALLED, ...dpkg, ...licenses];
}
