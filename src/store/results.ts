import { lstatSync, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { resolve } from 'node:path';
import { copySparse } from '../disk/copy-sparse.ts';
import { checkFileOutput, temporaryName, unwritable } from '../disk/image-file.ts';
import type { DataRange } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import { fingerprint, statFile, storeError, storing, temporaryPath } from './files.ts';
import type { Store } from './store.ts';

/**
 * What went into a result, all of it: the version of this package and of what it runs, options, digests of
 * inputs ({@link ./input-digests.ts}), versions that unpinned inputs resolved to, the epoch. Any JSON; equal
 * values are equal keys, whatever the order of their fields. What is not in it must not change the result.
 */
export type ResultKey = Readonly<Record<string, unknown>>;

export interface KeptTree<T> {
  /** Contents lie in the store. */
  readonly tree: Tree;
  /** Of the tree's canonical tar, in hex. */
  readonly sha256: string;
  readonly extra: T;
}

export interface ImageToKeep {
  readonly path: string;
  /** Of the whole image, in hex. */
  readonly sha256: string;
  /** Where it was written, when that is known. */
  readonly data?: readonly DataRange[];
}

export interface KeptImage<T> {
  readonly size: number;
  readonly sha256: string;
  /** Bytes that take up space on the host's disk. */
  readonly allocated: number;
  /** False when the very image lay there already, and was left as it is. */
  readonly written: boolean;
  readonly extra: T;
}

/** What a result lies in. */
export interface ResultBlob {
  /** In hex. */
  readonly sha256: string;
  /** In bytes. */
  readonly size: number;
}

interface TreeRecord {
  readonly tar: ResultBlob;
  readonly details: ResultBlob;
}

interface ImageRecord {
  readonly sha256: string;
  readonly size: number;
  readonly data?: readonly DataRange[];
  readonly extra: unknown;
}

/**
 * Cooked trees and finished images by all that went into them. Whatever of a result is damaged, pruned or
 * half there counts as not there: the work is done again.
 */
export class Results {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * The tree that was kept by an equal key. Its contents are parts of one file of the store, which
   * `cache prune` leaves alone for an hour after this.
   */
  async restoreTree<T>(key: ResultKey): Promise<KeptTree<T> | undefined> {
    const store = this.#store;
    const record = store.record<TreeRecord>('tree', key);
    if (!record) return undefined;
    const tar = await store.get(record.tar.sha256, record.tar.size, { trust: true });
    const details = await store.get(record.details.sha256, record.details.size, { trust: true });
    if (!tar || !details) return undefined;
    const { treeFrom } = await import('./kept-tree.ts');
    const { tree, extra } = await treeFrom(store.content(tar), store.content(details));
    return { tree, sha256: tar.sha256, extra: extra as T };
  }

  /** The digest and the size of the tar of a tree that {@link restoreTree} would give. */
  findTree(key: ResultKey): ResultBlob | undefined {
    const record = this.#store.record<TreeRecord>('tree', key);
    return record && this.#isThere(record.details) && this.#isThere(record.tar) ? record.tar : undefined;
  }

  /** The digest and the size of an image that {@link restoreImage} would put somewhere. */
  findImage(key: ResultKey): ResultBlob | undefined {
    const record = this.#store.record<ImageRecord>('image', key);
    return record && this.#isThere(record) ? { sha256: record.sha256, size: record.size } : undefined;
  }

  #isThere({ sha256, size }: ResultBlob): boolean {
    return this.#store.sizeOf(sha256) === size;
  }

  /**
   * Keeps a tree: its canonical tar as one blob, and what a tar cannot hold (origins, holes) as another.
   *
   * @param extra JSON that comes back with it
   * @returns the tree's digest, in hex
   */
  async keepTree(key: ResultKey, tree: Tree, what: string, extra: unknown = null): Promise<string> {
    const { describeTree } = await import('./kept-tree.ts');
    const { tar, details } = describeTree(tree, extra);
    const kept = await this.#store.put(tar, { what, kind: 'tree' });
    const described = await this.#store.put([await details()], { what: `${what}: origins`, kind: 'tree' });
    const place = ({ sha256, size }: { sha256: string; size: number }) => ({ sha256, size });
    this.#store.setRecord('tree', key, { tar: place(kept), details: place(described) });
    return kept.sha256;
  }

  /**
   * Writes the image that was kept by an equal key: sharing blocks where the file system can, else copying
   * its data and leaving the holes. When the path still has the image that was put there last, and nobody
   * has touched it since, nothing is written.
   *
   * @param options.accept looks at what was kept with it, before anything is written; what it throws is thrown
   * @throws RB_OUTPUT_EXISTS, RB_OUTPUT_UNWRITABLE
   */
  async restoreImage<T>(
    key: ResultKey,
    path: string,
    { force = false, accept = () => {} }: { force?: boolean; accept?: (extra: T) => void } = {},
  ): Promise<KeptImage<T> | undefined> {
    const record = this.#store.record<ImageRecord>('image', key);
    if (!record) return undefined;
    checkFileOutput(path, { force });
    const { sha256, size } = record;
    const extra = record.extra as T;
    accept(extra);
    const there = this.#untouched(path, sha256);
    if (there !== undefined) return { size, sha256, allocated: there, written: false, extra };
    const blob = await this.#store.get(sha256, size, { trust: true });
    if (!blob) return undefined;
    const temporary = temporaryName(path);
    try {
      await copySparse(blob.path, temporary, record);
      await rename(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw unwritable(path, error);
    }
    this.#noteOutput(path, sha256);
    return { size, sha256, allocated: allocatedOf(path), written: true, extra };
  }

  /**
   * Keeps a copy of a finished image, holes and all.
   *
   * @param extra JSON that comes back with it
   */
  async keepImage(key: ResultKey, image: ImageToKeep, what: string, extra: unknown = null): Promise<void> {
    const { path, sha256, data } = image;
    const { directory } = this.#store;
    const size = lstatSync(path).size;
    if (!(await this.#store.get(sha256, size, { trust: true }))) {
      const temporary = storing(directory, () => temporaryPath(directory));
      try {
        await copySparse(path, temporary, { size, data }).catch((error: unknown) => {
          throw storeError(directory, error);
        });
        this.#store.adopt(temporary, sha256, { what, kind: 'image' });
      } finally {
        rmSync(temporary, { force: true });
      }
    }
    this.#store.setRecord('image', key, { sha256, size, ...(data && { data }), extra });
    this.#noteOutput(path, sha256);
  }

  /** The allocated bytes of an output that is still the image with this digest. */
  #untouched(path: string, sha256: string): number | undefined {
    const stat = statFile(path);
    const noted =
      stat && this.#store.record<{ sha256: string; fingerprint: string }>('output', resolve(path));
    if (noted?.sha256 !== sha256 || noted.fingerprint !== fingerprint(stat!)) return undefined;
    return Number(stat!.blocks) * 512;
  }

  #noteOutput(path: string, sha256: string): void {
    const stat = statFile(path);
    if (stat) this.#store.setRecord('output', resolve(path), { sha256, fingerprint: fingerprint(stat) });
  }
}

function allocatedOf(path: string): number {
  return (lstatSync(path).blocks ?? 0) * 512;
}
