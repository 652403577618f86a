import { breather, type Host } from '../host.ts';
import { entrySize } from '../inspect/entry-facts.ts';
import { escapeName } from '../inspect/listing.ts';
import type { Component } from '../sbom/component.ts';
import type { OwnerOf } from '../sbom/owners.ts';
import type { Entry } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';

/** What falls to something: bytes of files, each name by itself, and entries of every type. */
export interface Share {
  readonly name: string;
  readonly bytes: number;
  readonly entries: number;
}

/** A file among the largest. */
export interface LargeFile {
  readonly path: string;
  readonly bytes: number;
  /** Names that lead to it. */
  readonly names: number;
  /** Name of the package that it belongs to. */
  readonly package?: string;
}

/** How a tree's bytes are shared out, in different ways. The sums of each way are those of the tree. */
export interface Shares {
  /** Largest first, as all lists here. Of the folders in the root and, as `/`, of what else is there. */
  readonly byDirectory: readonly Share[];
  /** Directories are of no package, for many have files in them. */
  readonly byComponent: ReadonlyMap<Component | undefined, Omit<Share, 'name'>>;
  /** By the input of a recipe that put it there; absent unless origins were told. */
  readonly byOrigin?: readonly Share[];
  /** A file with several names has the first of them. */
  readonly largest: readonly LargeFile[];
}

export interface ShareOptions {
  readonly ownerOf: OwnerOf;
  /** The tree as it was cooked, whose entries tell their origins, some by files below the recipe's folder. */
  readonly origins?: { readonly tree: Tree; readonly folder?: string | undefined } | undefined;
  /** How many of the largest files. */
  readonly files: number;
}

/** What an image has and the cooked tree has not, or with another size, such as kernel and initrd. */
const OTHER = 'not cooked: kernel, initrd, boot loader, later changes';

/** Shares out a tree in one walk. */
export async function shareOut(
  tree: Tree,
  { ownerOf, origins, files }: ShareOptions,
  host: Pick<Host, 'now' | 'signal'>,
): Promise<Shares> {
  const pause = breather(host);
  const directories = new Sums<string>();
  const components = new Sums<Component | undefined>();
  const byOrigin = new Sums<string>();
  const found = new Map<
    Entry,
    { path: string; bytes: number; names: number; owner: Component | undefined }
  >();
  for (const { path, entry } of tree.walk()) {
    const bytes = entry.type === 'file' ? entry.content.size : 0;
    directories.add(topOf(path, entry), bytes);
    const cooked = origins && asCooked(origins.tree.get(path), entry);
    const owner = entry.type === 'directory' ? undefined : ownerOf(path, cooked ?? entry);
    if (entry.type !== 'directory') components.add(owner, bytes);
    if (origins) byOrigin.add(shorten(cooked?.origin ?? OTHER, origins.folder), bytes);
    if (bytes > 0) {
      const known = found.get(entry);
      if (known) known.names += 1;
      else found.set(entry, { path, bytes, names: 1, owner });
    }
    await pause();
  }
  await pause();
  const least =
    Float64Array.from(found.values(), ({ bytes }) => bytes)
      .sort()
      .at(-files) ?? 0;
  const largest = [...found.values()]
    .filter(({ bytes }) => bytes >= least)
    .sort((a, b) => b.bytes - a.bytes || compare(a.path, b.path));
  return {
    byDirectory: directories.shares(),
    byComponent: components.sums,
    ...(origins && { byOrigin: byOrigin.shares() }),
    largest: largest.slice(0, files).map(({ path, bytes, names, owner }) => ({
      path: escapeName(path),
      bytes,
      names,
      ...(owner && { package: owner.name }),
    })),
  };
}

/** An entry as it was cooked, as far as that can be told without its bytes. */
function asCooked(cooked: Entry | undefined, entry: Entry): Entry | undefined {
  return cooked?.type === entry.type && entrySize(cooked) === entrySize(entry) ? cooked : undefined;
}

function shorten(origin: string, folder: string | undefined): string {
  return folder === undefined ? origin : origin.replace(` ${folder}/`, ' ./');
}

/** The folder of the root that a path is in. */
function topOf(path: string, entry: Entry): string {
  const end = path.indexOf('/', 1);
  if (end > 0) return path.slice(0, end);
  return entry.type === 'directory' ? path : '/';
}

class Sums<K extends string | Component | undefined> {
  readonly sums = new Map<K, { bytes: number; entries: number }>();

  add(key: K, bytes: number): void {
    const sum = this.sums.get(key) ?? { bytes: 0, entries: 0 };
    sum.bytes += bytes;
    sum.entries += 1;
    this.sums.set(key, sum);
  }

  shares(): Share[] {
    return [...this.sums]
      .map(([key, sum]) => ({ name: escapeName(String(key)), ...sum }))
      .sort((a, b) => b.bytes - a.bytes || b.entries - a.entries || compare(a.name, b.name));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
