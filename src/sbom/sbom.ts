import { breather, type Host, type Pause } from '../host.ts';
import type { Tree } from '../tree/tree.ts';
import type { Component } from './component.ts';
import { componentsOf } from './components.ts';
import { distributionOf } from './distribution.ts';
import { filesOf } from './files.ts';
import { batches, indentedPieces } from './json-pieces.ts';
import { packageUrl } from './purl.ts';
import { identify, type Subject } from './subject.ts';

/** SPDX 2.3 or CycloneDX 1.6, both as JSON. */
export type SbomFormat = 'spdx' | 'cyclonedx';

/** In what form a bill of materials is written, and how far it goes. */
export interface SbomOptions {
  readonly format: SbomFormat;
  /** What the root is called. */
  readonly name: string;
  /** Lists every regular file with its digests, below the package that it belongs to. */
  readonly files?: boolean;
}

/** A root to describe, or an image with a root in it. */
export interface SbomRoot {
  readonly tree: Tree;
  /** Of the root's canonical tar, or of the image, in hex. */
  readonly sha256: string;
  /** Seconds since 1970: the time of the document. */
  readonly epoch: number;
  /** Packages that no database of the root knows: what contents brought, what an image boots. */
  readonly brought?: readonly Component[] | undefined;
}

/**
 * The software bill of materials of a root, as the text of a file. Equal roots, names and versions of this program
 * give equal bytes.
 *
 * @throws what reading the root's files throws, and the reason of the host's signal
 */
export async function makeSbom(
  root: SbomRoot,
  { format, name, files = false }: SbomOptions,
  host: Pick<Host, 'now' | 'signal'>,
): Promise<string> {
  const { tree, sha256, epoch } = root;
  const components = await componentsOf(tree, root.brought ?? [], host);
  const distribution = distributionOf(tree);
  const owned = files ? await filesOf(tree, components, host) : undefined;
  const ids = identify(components);
  const subject: Subject = {
    name,
    sha256,
    epoch,
    distribution,
    items: components.map((component, index) => ({
      component,
      id: ids[index]!,
      purl: packageUrl(component, distribution),
      files: owned?.get(component) ?? [],
    })),
    files: owned?.get(undefined) ?? [],
  };
  const breathe = breather(host);
  const parts: string[] = [];
  for (const batch of batches(indentedPieces(await toDocument(format, subject, breathe)))) {
    parts.push(batch);
    await breathe();
  }
  return `${parts.join('')}\n`;
}

async function toDocument(format: SbomFormat, subject: Subject, breathe: Pause): Promise<object> {
  if (format === 'spdx') return await (await import('./spdx.ts')).spdxDocument(subject, breathe);
  return await (await import('./cyclonedx.ts')).cyclonedxDocument(subject, breathe);
}
