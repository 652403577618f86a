import { breather, type Host } from '../host.ts';
import type { Tree } from '../tree/tree.ts';
import { apkComponents } from './apk-components.ts';
import type { Component } from './component.ts';
import { debComponents, licenseOf } from './deb-components.ts';

/**
 * All packages of a root, sorted by type, name, version and architecture: those in the databases of apk and dpkg,
 * and those that contents brought beside them. Licences come from apk's database and from Debian's copyright files.
 *
 * @param brought by contents: {@link ./brought.ts}
 */
export async function componentsOf(
  tree: Tree,
  brought: readonly Component[],
  host: Pick<Host, 'now' | 'signal'>,
): Promise<Component[]> {
  const breathe = breather(host);
  await breathe();
  const components: Component[] = [];
  for (const component of listComponents(tree, brought)) {
    components.push(withLicense(tree, component));
    await breathe();
  }
  return components;
}

/** The same without the licences that have to be read from files of their own. */
function listComponents(tree: Tree, brought: readonly Component[]): Component[] {
  const found = new Map<string, Component>();
  for (const component of [...apkComponents(tree), ...debComponents(tree), ...brought]) {
    const key = sortKey(component);
    if (!found.has(key)) found.set(key, component);
  }
  return [...found.keys()].sort().map((key) => found.get(key)!);
}

/** A component with its licence, where that can be told. */
function withLicense(tree: Tree, component: Component): Component {
  const license = component.license ?? licenseOf(tree, component);
  return license ? { ...component, license } : component;
}

function sortKey({ type, name, version, architecture = '', path = '' }: Component): string {
  return [type, name, version, architecture, path].join('\0');
}
