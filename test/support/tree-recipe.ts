import type { Content, DataRange } from '../../src/tree/content.ts';
import { bytesContent } from '../../src/tree/content.ts';
import {
  type DirectoryEntry,
  deviceEntry,
  directoryEntry,
  type Entry,
  fileEntry,
  type Metadata,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../../src/tree/entry.ts';
import { Tree } from '../../src/tree/tree.ts';
import { patternContent } from './pattern-content.ts';

/** Metadata that differs from root's 0644 of 1970; as JSON, so times are decimal and values hex. */
export interface MetadataRecipe {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Nanoseconds since 1970. */
  readonly mtime?: string;
  readonly xattrs?: readonly (readonly [name: string, hex: string])[];
}

/** What an entry is made of: plain JSON, so that a failing tree can be kept as a fixture. */
export type EntryRecipe = MetadataRecipe &
  (
    | DirectoryRecipe
    | FileRecipe
    | { readonly type: 'symlink'; readonly target: string }
    | { readonly type: 'char' | 'block'; readonly major: number; readonly minor: number }
    | { readonly type: 'fifo' | 'socket' }
    /** Another name of the `to`-th entry made before that is no directory, counted round; else nothing. */
    | { readonly type: 'link'; readonly to: number }
  );

export interface DirectoryRecipe {
  readonly type: 'directory';
  /** Names in the spelling of src/tree/name.ts. */
  readonly children: readonly (readonly [name: string, entry: EntryRecipe])[];
  /** So many empty files besides. */
  readonly crowd?: number;
}

export interface FileRecipe {
  readonly type: 'file';
  readonly size: number;
  /** What the bytes are made of. */
  readonly seed: number;
  /** Where they are; elsewhere is a hole. Absent: everywhere. */
  readonly data?: readonly (readonly [position: number, length: number])[];
}

/** A tree whose root directory is made of a recipe. */
export function treeOf(recipe: MetadataRecipe & DirectoryRecipe): Tree {
  const tree = new Tree(metadataOf(recipe));
  fillDirectory(tree.root, recipe, []);
  return tree;
}

/** An entry of a recipe; hard links are within it. */
export function entryOf(recipe: EntryRecipe): Entry | undefined {
  return makeEntry(recipe, []);
}

function makeEntry(recipe: EntryRecipe, made: Entry[]): Entry | undefined {
  if (recipe.type === 'link') return made.length === 0 ? undefined : made[recipe.to % made.length];
  const entry = newEntry(recipe);
  if (recipe.type === 'directory' && entry.type === 'directory') fillDirectory(entry, recipe, made);
  else made.push(entry);
  return entry;
}

function newEntry(recipe: Exclude<EntryRecipe, { type: 'link' }>): Entry {
  const meta = metadataOf(recipe);
  switch (recipe.type) {
    case 'directory':
      return directoryEntry(meta);
    case 'file':
      return fileEntry(contentOf(recipe), meta);
    case 'symlink':
      return symlinkEntry(recipe.target, meta);
    case 'char':
    case 'block':
      return deviceEntry(recipe.type, recipe.major, recipe.minor, meta);
    default:
      return pipeEntry(recipe.type, meta);
  }
}

function fillDirectory(directory: DirectoryEntry, recipe: DirectoryRecipe, made: Entry[]): void {
  for (const [name, child] of recipe.children) {
    const entry = makeEntry(child, made);
    if (entry) directory.children.set(name, entry);
  }
  const empty = bytesContent(new Uint8Array());
  for (let index = 0; index < (recipe.crowd ?? 0); index += 1) {
    directory.children.set(`one of a crowd ${index}`, fileEntry(empty, metadataOf({})));
  }
}

function contentOf({ size, seed, data }: FileRecipe): Content {
  const ranges = data?.map(([position, length]): DataRange => ({ position, length }));
  return patternContent(size, seed, ranges);
}

/** The metadata of a recipe, whole. */
export function metadataOf({ mode, uid, gid, mtime, xattrs }: MetadataRecipe): Metadata {
  return metadata({
    origin: 'recipe',
    ...(mode !== undefined && { mode }),
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
    ...(mtime !== undefined && { mtime: BigInt(mtime) }),
    ...(xattrs && { xattrs: new Map(xattrs.map(([name, value]) => [name, Buffer.from(value, 'hex')])) }),
  });
}
