import * as nodeFs from 'node:fs';
import { basename } from 'node:path';
import { readDebianPackage } from '../sources/deb.ts';
import { readDirectory } from '../sources/directory.ts';
import { readHostFile } from '../sources/file.ts';
import type { SourceMeans } from '../sources/means.ts';
import type { ContentSink } from '../tree/content.ts';
import { directoryEntry, type Entry, fileEntry, metadata, setMetadata, symlinkEntry } from '../tree/entry.ts';
import { layer } from '../tree/layer.ts';
import { joinPath, normalizePath } from '../tree/path.ts';
import { Tree } from '../tree/tree.ts';
import type { ContentOptions, Owner } from './options.ts';

type DirContent = Extract<ContentOptions, { readonly dir: string }>;
type FileContent = Extract<ContentOptions, { readonly file: string }>;
type MkdirContent = Extract<ContentOptions, { readonly mkdir: string }>;
type SymlinkContent = Extract<ContentOptions, { readonly symlink: string }>;

/** The trees of the packages among the contents, which are loaded first: those of Debian count for the epoch. */
export type PackageTrees = ReadonlyMap<ContentOptions, Tree>;

/** @throws what {@link readDebianPackage} throws */
export async function loadDebianContents(
  contents: readonly ContentOptions[],
  sink: ContentSink,
  means: SourceMeans,
): Promise<PackageTrees> {
  const trees = new Map<ContentOptions, Tree>();
  for (const content of contents) {
    if ('deb' in content) trees.set(content, (await readDebianPackage(content.deb, sink, means)).tree);
  }
  return trees;
}

/**
 * Lays the contents over the root, in their order. What comes from the host or the recipe itself gets the epoch
 * as its time and belongs to 0:0 unless told; packages keep what their archive says.
 *
 * @param mtime nanoseconds
 * @throws RB_INPUT_NOT_FOUND, RB_TREE_CONFLICT
 */
export function addContents(
  tree: Tree,
  contents: readonly ContentOptions[],
  packageTrees: PackageTrees,
  mtime: bigint,
): void {
  for (const content of contents) {
    if ('dir' in content) addDirectory(tree, content, mtime);
    else if ('file' in content) addFile(tree, content, mtime);
    else if ('mkdir' in content) makeDirectory(tree, content, mtime);
    else if ('symlink' in content) addSymlink(tree, content, mtime);
    else layer(tree, packageTrees.get(content)!, 'to' in content ? content.to : undefined);
  }
}

function addDirectory(
  tree: Tree,
  { dir, to, owner = '0:0', modes = 'plain' }: DirContent,
  mtime: bigint,
): void {
  const overlay = readDirectory(nodeFs, dir, { owner, origin: `content ${dir}`, mtime });
  if (modes === 'plain')
    for (const { entry } of overlay.walk()) setMetadata(entry, { mode: plainMode(entry) });
  layer(tree, overlay, to);
}

/** What git would keep of a mode: who cloned a recipe, and under which umask, must not show in the root. */
function plainMode({ type, mode }: Entry): number {
  return type === 'directory' || mode & 0o100 ? 0o755 : 0o644;
}

function addFile(tree: Tree, { file, to, owner = '0:0', mode }: FileContent, mtime: bigint): void {
  const bytes = readHostFile(nodeFs, file);
  const stat = nodeFs.statSync(file);
  const defaultMode = stat.mode & 0o100 ? 0o755 : 0o644;
  const meta = metadata({
    ...ownerNumbers(owner, stat),
    mode: mode === undefined ? defaultMode : Number.parseInt(mode, 8),
    mtime,
    origin: `content ${file}`,
  });
  place(tree, targetPath(tree, to, basename(file)), fileEntry(bytes, meta));
}

function makeDirectory(
  tree: Tree,
  { mkdir, owner = '0:0', mode = '755' }: MkdirContent,
  mtime: bigint,
): void {
  const meta = metadata({
    ...ownerNumbers(owner, { uid: 0, gid: 0 }),
    mode: Number.parseInt(mode, 8),
    mtime,
    origin: `content ${mkdir}`,
  });
  const existing = tree.resolve(mkdir)?.entry;
  if (existing?.type === 'directory') setMetadata(existing, meta);
  else place(tree, normalizePath(mkdir), directoryEntry(meta));
}

function addSymlink(tree: Tree, { symlink, to }: SymlinkContent, mtime: bigint): void {
  place(tree, normalizePath(to), symlinkEntry(symlink, metadata({ mtime, origin: `content ${to}` })));
}

/** Puts one entry where links on the way lead; missing parents are 0:0 and 0755. */
function place(tree: Tree, path: string, entry: Entry): void {
  const parents = metadata({ mode: 0o755, mtime: entry.mtime, origin: entry.origin });
  const overlay = new Tree(parents);
  overlay.set(path, entry, parents);
  layer(tree, overlay);
}

/** As cp does: into `to` when it is a directory or ends in a slash, else as `to`. */
function targetPath(tree: Tree, to: string, name: string): string {
  const isFolder = to.endsWith('/') || tree.resolve(to)?.entry.type === 'directory';
  return isFolder ? joinPath(normalizePath(to), name) : normalizePath(to);
}

function ownerNumbers(owner: Owner, kept: { uid: number; gid: number }): { uid: number; gid: number } {
  if (owner === 'keep') return { uid: kept.uid, gid: kept.gid };
  const [uid, gid] = owner.split(':').map(Number);
  return { uid: uid!, gid: gid! };
}
