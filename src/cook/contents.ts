import * as nodeFs from 'node:fs';
import { basename } from 'node:path';
import type { Pause } from '../host.ts';
import { readDirectory } from '../sources/directory.ts';
import { readHostFile } from '../sources/file.ts';
import { directoryEntry, type Entry, fileEntry, metadata, setMetadata, symlinkEntry } from '../tree/entry.ts';
import { type LayerOptions, layerAtOnce, layerWithPauses, type Placement } from '../tree/layer.ts';
import { joinPath, normalizePath } from '../tree/path.ts';
import { eachEntry } from '../tree/totals.ts';
import { Tree } from '../tree/tree.ts';
import { forContent } from './content-key.ts';
import type { ContentOptions, Owner } from './options.ts';
import { settlementBy } from './settle.ts';

type DirContent = Extract<ContentOptions, { readonly dir: string }>;
type FileContent = Extract<ContentOptions, { readonly file: string }>;
type MkdirContent = Extract<ContentOptions, { readonly mkdir: string }>;
type SymlinkContent = Extract<ContentOptions, { readonly symlink: string }>;

/** The trees of the packages among the contents, which are loaded first: those of Debian count for the epoch. */
export type PackageTrees = ReadonlyMap<ContentOptions, Tree>;

/**
 * Lays the contents over the root, in their order. What comes from the host or the recipe itself gets the epoch
 * as its time and belongs to 0:0 unless told; packages keep what their archive says. A path that is there already
 * with something else (from the base, a package, the script or an earlier content) is an error, unless the
 * content settles it.
 *
 * @param mtime nanoseconds
 * @param pause called after each entry of a folder, and while trees are laid over one another
 * @returns what the contents have put there, but for directories
 * @throws RB_INPUT_NOT_FOUND, and what {@link layerWithPauses} throws
 */
export async function addContents(
  tree: Tree,
  contents: readonly ContentOptions[],
  packageTrees: PackageTrees,
  mtime: bigint,
  pause: Pause = () => undefined,
): Promise<Placement[]> {
  const placements: Placement[] = [];
  for (const [index, content] of contents.entries()) {
    const placed = await forContent(content, index, () =>
      addContent(tree, content, packageTrees, mtime, pause),
    );
    for (const placement of placed) placements.push(placement);
  }
  return placements;
}

async function addContent(
  tree: Tree,
  content: ContentOptions,
  packageTrees: PackageTrees,
  mtime: bigint,
  pause: Pause,
): Promise<Placement[]> {
  const settle = settlementBy(content, tree);
  if ('dir' in content) return await addDirectory(tree, content, mtime, settle, pause);
  if ('file' in content) return addFile(tree, content, mtime, settle);
  if ('mkdir' in content) return makeDirectory(tree, content, mtime, settle);
  if ('symlink' in content) return addSymlink(tree, content, mtime, settle);
  const to = 'to' in content ? (content.to ?? '/') : '/';
  return await layerWithPauses(tree, packageTrees.get(content)!, { to, settle }, pause);
}

type Settle = NonNullable<LayerOptions['settle']>;

async function addDirectory(
  tree: Tree,
  { dir, to = '/', owner = '0:0', modes = 'plain' }: DirContent,
  mtime: bigint,
  settle: Settle,
  pause: Pause,
): Promise<Placement[]> {
  const options = { owner, origin: `content ${dir}`, mtime, pause };
  const overlay = await readDirectory(nodeFs, dir, options);
  if (modes === 'plain') {
    const make = (entry: Entry): void => setMetadata(entry, { mode: plainMode(entry) });
    make(overlay.root);
    await eachEntry(overlay, pause, make);
  }
  return await layerWithPauses(tree, overlay, { to, settle }, pause);
}

/** What git would keep of a mode: who cloned a recipe, and under which umask, must not show in the root. */
function plainMode({ type, mode }: Entry): number {
  return type === 'directory' || mode & 0o100 ? 0o755 : 0o644;
}

function addFile(
  tree: Tree,
  { file, to, owner = '0:0', mode }: FileContent,
  mtime: bigint,
  settle: Settle,
): Placement[] {
  const bytes = readHostFile(nodeFs, file);
  const stat = nodeFs.statSync(file);
  const defaultMode = stat.mode & 0o100 ? 0o755 : 0o644;
  const meta = metadata({
    ...ownerNumbers(owner, stat),
    mode: mode === undefined ? defaultMode : Number.parseInt(mode, 8),
    mtime,
    origin: `content ${file}`,
  });
  return place(tree, targetPath(tree, to, basename(file)), fileEntry(bytes, meta), settle);
}

/** A directory that is there takes the metadata that the recipe tells, and keeps its origin. */
function makeDirectory(
  tree: Tree,
  { mkdir, owner = '0:0', mode = '755' }: MkdirContent,
  mtime: bigint,
  settle: Settle,
): Placement[] {
  const own = {
    ...ownerNumbers(owner, { uid: 0, gid: 0 }),
    mode: Number.parseInt(mode, 8),
    mtime,
  };
  const existing = tree.resolve(mkdir);
  if (existing?.entry.type !== 'directory') {
    const meta = metadata({ ...own, origin: `content ${mkdir}` });
    return place(tree, normalizePath(mkdir), directoryEntry(meta), settle);
  }
  if (settle(existing.path) !== 'skip') setMetadata(existing.entry, own);
  return [];
}

function addSymlink(tree: Tree, { symlink, to }: SymlinkContent, mtime: bigint, settle: Settle): Placement[] {
  const meta = metadata({ mtime, origin: `content ${to}` });
  return place(tree, normalizePath(to), symlinkEntry(symlink, meta), settle);
}

/** Puts one entry where links on the way lead; missing parents are 0:0 and 0755. */
function place(tree: Tree, path: string, entry: Entry, settle: Settle): Placement[] {
  const parents = metadata({ mode: 0o755, mtime: entry.mtime, origin: entry.origin });
  const overlay = new Tree(parents);
  overlay.set(path, entry, parents);
  return layerAtOnce(tree, overlay, { settle });
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
