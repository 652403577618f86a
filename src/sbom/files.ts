import { createHash } from 'node:crypto';
import { breather, type Host, type Pause } from '../host.ts';
import { type Content, contentChunks } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import type { Component } from './component.ts';
import { owners } from './owners.ts';

/** A regular file of a root. */
export interface FileDigests {
  /** Absolute. */
  readonly path: string;
  /** In hex. SPDX 2.3 wants it of every file. */
  readonly sha1: string;
  /** In hex. */
  readonly sha256: string;
}

/** The regular files of a root, by the components that they belong to; those of none are under undefined. */
export async function filesOf(
  tree: Tree,
  components: readonly Component[],
  host: Pick<Host, 'now' | 'signal'>,
): Promise<Map<Component | undefined, FileDigests[]>> {
  const breathe = breather(host);
  const ownerOf = await owners(tree, components, host);
  const digests = new Map<Content, Omit<FileDigests, 'path'>>();
  const files = new Map<Component | undefined, FileDigests[]>();
  for (const { path, entry } of tree.walk()) {
    if (entry.type !== 'file') continue;
    let digest = digests.get(entry.content);
    if (!digest) {
      digest = await hashContent(entry.content, breathe);
      digests.set(entry.content, digest);
    }
    const owner = ownerOf(path, entry);
    const list = files.get(owner) ?? [];
    list.push({ path, ...digest });
    files.set(owner, list);
  }
  return files;
}

async function hashContent(content: Content, breathe: Pause): Promise<Omit<FileDigests, 'path'>> {
  const [sha1, sha256] = [createHash('sha1'), createHash('sha256')];
  for (const chunk of contentChunks(content)) {
    sha1.update(chunk);
    sha256.update(chunk);
    await breathe();
  }
  return { sha1: sha1.digest('hex'), sha256: sha256.digest('hex') };
}
