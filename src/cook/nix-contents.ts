import type { Host } from '../host.ts';
import { nixComponent } from '../sbom/brought.ts';
import type { Component } from '../sbom/component.ts';
import type { SourceMeans } from '../sources/means.ts';
import { type NixClosure, type NixSource, readNixClosure } from '../sources/nix/index.ts';
import type { Tree } from '../tree/tree.ts';
import { forContent } from './content-key.ts';
import type { PackageTrees } from './contents.ts';
import type { ContentOptions, NixContent } from './options.ts';

/** What the Nix closures among the contents came to. */
export interface NixContents {
  readonly trees: PackageTrees;
  /** How many store paths, each counted once. */
  readonly paths: number;
  /** Of their archives. */
  readonly bytes: number;
}

/**
 * Loads the Nix closures among the contents, and tells for each path that was asked for what came with it.
 *
 * @param onPath is told of each store path
 * @throws what {@link readNixClosure} throws
 */
export async function loadNixContents(
  contents: readonly ContentOptions[],
  means: SourceMeans,
  onPath: (component: Component) => void,
): Promise<NixContents> {
  const trees = new Map<ContentOptions, Tree>();
  const sizes = new Map<string, number>();
  for (const [index, content] of contents.entries()) {
    if (!('nix' in content)) continue;
    const closure = await forContent(content, index, () => readNixClosure(nixSource(content), means));
    trees.set(content, closure.tree);
    for (const found of closure.paths) {
      if (!sizes.has(found.path)) onPath(nixComponent(found));
      sizes.set(found.path, found.narSize);
    }
    tell(closure, means.host);
  }
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return { trees, paths: sizes.size, bytes };
}

/** A content as the source has it. */
export function nixSource({ nix, ...content }: NixContent): NixSource {
  return { ...content, paths: typeof nix === 'string' ? [nix] : nix };
}

function tell({ roots, paths }: NixClosure, host: Host): void {
  const keys = [...new Set(paths.map(({ signedBy }) => signedBy))].sort().join(', ');
  const others = paths.length - new Set(roots).size;
  const text = `${roots.join(' ')}: with ${others} more by reference, signed by ${keys}`;
  host.emit({ type: 'message', level: 'info', text });
}
