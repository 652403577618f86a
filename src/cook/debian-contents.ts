import { breather } from '../host.ts';
import { debComponent } from '../sbom/brought.ts';
import type { Component } from '../sbom/component.ts';
import type { DebianPackage } from '../sources/deb.ts';
import type { DebianSource } from '../sources/debian/index.ts';
import type { SourceMeans } from '../sources/means.ts';
import type { ContentSink } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { forContent } from './content-key.ts';
import type { PackageTrees } from './contents.ts';
import type { ContentOptions, DebContent, DebianContent } from './options.ts';

/** What the Debian packages among the contents came to. */
export interface DebianContents {
  readonly trees: PackageTrees;
  /** In an order in which dpkg could unpack them. */
  readonly packages: ReadonlyMap<ContentOptions, readonly DebianPackage[]>;
}

/** More packages than this are counted, not named. */
const NAMED = 3;

/**
 * Loads the Debian packages among the contents, by apt, from files and from mirrors. Their maintainer scripts are not
 * run, which is told once.
 *
 * @param onPackage is told what each package says of itself
 * @throws what reading, composing and picking from packages throws
 */
export async function loadDebianContents(
  contents: readonly ContentOptions[],
  sink: ContentSink,
  means: SourceMeans,
  onPackage: (component: Component) => void,
): Promise<DebianContents> {
  const trees = new Map<ContentOptions, Tree>();
  const packages = new Map<ContentOptions, readonly DebianPackage[]>();
  for (const [index, content] of contents.entries()) {
    if (!('deb' in content || 'debian' in content)) continue;
    const found = await forContent(content, index, () => load(content, sink, means));
    packages.set(content, found);
    trees.set(content, await forContent(content, index, () => compose(content, found, means.host)));
    for (const { control, sha256 } of found) onPackage(debComponent({ control, sha256, to: content.to }));
  }
  tellScripts([...packages.values()].flat(), means);
  return { trees, packages };
}

/** Their names in a few words, for the end of the step. */
export function debianSummary({ packages }: DebianContents): string {
  const all = [...packages.values()].flat();
  if (all.length > NAMED) return `${all.length} packages`;
  return all.map(({ name, version }) => `${name}-${version}`).join(' ');
}

async function load(
  content: DebContent | DebianContent,
  sink: ContentSink,
  means: SourceMeans,
): Promise<DebianPackage[]> {
  if ('deb' in content) {
    const { readAptPackages, readDebianPackage } = await import('../sources/deb.ts');
    if (content.dependencies) return await readAptPackages(content.deb, true, sink, means);
    return [await readDebianPackage(content.deb, sink, means)];
  }
  const { readDebianClosure } = await import('../sources/debian/index.ts');
  return await readDebianClosure(debianSource(content), sink, means);
}

/** A content as the source has it. */
export function debianSource({ debian, arch, keyring, ...source }: DebianContent): DebianSource {
  const packages = typeof debian === 'string' ? [debian] : debian;
  const keyrings = typeof keyring === 'string' ? [keyring] : keyring;
  return { ...source, packages, architecture: arch, keyrings };
}

async function compose(
  content: DebContent | DebianContent,
  packages: readonly DebianPackage[],
  host: SourceMeans['host'],
): Promise<Tree> {
  const [{ composePackages }, { pickPaths }] = await Promise.all([
    import('../sources/debian/compose.ts'),
    import('../sources/debian/only.ts'),
  ]);
  const tree = await composePackages(packages, breather(host));
  if (!content.only) return tree;
  const name = 'deb' in content ? content.deb : [content.debian].flat().join(', ');
  return pickPaths(tree, content.only, packages.length > 1 ? `${name} and what it needs` : name);
}

/** A root whose packages were never set up may lack what their scripts make: users, links, caches. */
function tellScripts(packages: readonly DebianPackage[], { host }: SourceMeans): void {
  const names = packages.filter(({ scripts }) => scripts.length > 0).map(({ name }) => name);
  if (names.length === 0) return;
  const text = `maintainer scripts are not run: those of ${[...new Set(names)].sort().join(', ')}`;
  host.emit({ type: 'message', level: 'warning', text });
}
