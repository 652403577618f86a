import type { Content } from '../../tree/content.ts';
import type { DirectoryEntry } from '../../tree/entry.ts';
import { joinPath, normalizePath, splitPath } from '../../tree/path.ts';
import type { Tree, TreeItem } from '../../tree/tree.ts';
import { placeEntry, type TarHeader, type TarLimits, tarEntriesInPlace } from '../tar/index.ts';
import { unsupported } from './errors.ts';

/** Files of these names stand for what a layer takes away: image-spec, layer.md. */
const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

export interface LayerOptions {
  /** Goes into every entry's origin. */
  readonly origin: string;
  /** Names the layer in errors. */
  readonly what: string;
  readonly limits?: TarLimits;
  /** When it is aborted, its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Lays one layer, a tar that is not compressed, over the layers below, in place. Contents are parts of the
 * layer, which must stay as it is for as long as the tree is used.
 *
 * - `.wh.NAME` removes NAME, `.wh..wh..opq` what is in its directory: of the layers below only, wherever in
 *   the layer it stands.
 * - A directory on a directory takes its metadata and xattrs; anything else replaces what has its name, with
 *   all below it.
 * - Links among a name's parents are followed as if the tree were the root of the file system, so that none
 *   leads out of it. A name whose parent is a file, or a link that leads nowhere, is refused.
 * - Hard links lead to what has their target's name then, of this layer or of one below.
 *
 * @throws RB_OCI_UNSUPPORTED for whiteouts of AUFS and for names that a whiteout cannot have
 * @throws what reading a tar throws: RB_ARCHIVE_DAMAGED, RB_ARCHIVE_TOO_LARGE, RB_PATH_INVALID, …
 */
export async function applyLayer(tree: Tree, layer: Content, options: LayerOptions): Promise<void> {
  const { origin, what } = options;
  const run = new LayerRun(tree, origin, what);
  for await (const { header, content } of tarEntriesInPlace(layer, options)) {
    run.apply(header, content);
  }
}

class LayerRun {
  readonly #tree: Tree;
  readonly #origin: string;
  readonly #what: string;
  /** False in the lowest layer, which has nothing to take away. */
  readonly #hasLower: boolean;
  /** Canonical paths that this layer has brought, their parents included. */
  readonly #upper = new Set<string>();

  constructor(tree: Tree, origin: string, what: string) {
    this.#tree = tree;
    this.#origin = origin;
    this.#what = what;
    this.#hasLower = tree.root.children.size > 0;
  }

  apply(header: TarHeader, content: Content | undefined): void {
    const names = splitPath(header.name);
    const name = names.pop() ?? '';
    const parent = `/${names.join('/')}`;
    if (name.startsWith(WHITEOUT)) {
      this.#whiteOut(parent, name, header);
      return;
    }
    const place = this.#directory(parent);
    if (place && header.type !== 'directory') place.entry.children.delete(name);
    placeEntry(this.#tree, header, this.#origin, content);
    if (this.#hasLower) this.#note(joinPath((place ?? this.#directory(parent))!.path, name));
  }

  #whiteOut(parent: string, name: string, { name: full }: TarHeader): void {
    const target = name.slice(WHITEOUT.length);
    const isOpaque = name === OPAQUE;
    if (!isOpaque && (target === '' || target === '.' || target === '..' || target.startsWith(WHITEOUT))) {
      throw unsupported(this.#what, `${JSON.stringify(full)} is no whiteout of an OCI image`);
    }
    const place = this.#hasLower ? this.#directory(parent) : undefined;
    if (!place) return;
    if (isOpaque) this.#removeLower(place.entry, place.path);
    else this.#removeChild(place.entry, target, joinPath(place.path, target));
  }

  /** Removes what the layers below have brought into a directory. */
  #removeLower(directory: DirectoryEntry, path: string): void {
    for (const name of [...directory.children.keys()]) {
      this.#removeChild(directory, name, joinPath(path, name));
    }
  }

  #removeChild(directory: DirectoryEntry, name: string, path: string): void {
    const child = directory.children.get(name);
    if (!child) return;
    if (!this.#upper.has(path)) directory.children.delete(name);
    else if (child.type === 'directory') this.#removeLower(child, path);
  }

  #directory(path: string): (TreeItem & { readonly entry: DirectoryEntry }) | undefined {
    const place = this.#tree.resolve(path);
    return place?.entry.type === 'directory' ? { ...place, entry: place.entry } : undefined;
  }

  #note(path: string): void {
    for (let at = normalizePath(path); !this.#upper.has(at); at = at.slice(0, at.lastIndexOf('/')) || '/') {
      this.#upper.add(at);
      if (at === '/') return;
    }
  }
}
