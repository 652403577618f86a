import { RootlessBakeError } from '../../errors.ts';
import {
  type InstalledAccess,
  type InstalledDirectory,
  type InstalledPackage,
  isMet,
  ProtectedPaths,
  parseDependencies,
} from '../../formats/apk/index.ts';
import { readContent } from '../../tree/content.ts';
import type { DirectoryEntry, Entry } from '../../tree/entry.ts';
import { encodeName } from '../../tree/name.ts';
import type { Tree } from '../../tree/tree.ts';
import { type Identities, readIdentities, readText } from '../ledger/identities.ts';
import { combinedAccess, Directories } from './directories.ts';
import { pathOf, RootDatabase } from './root-database.ts';
import { type StagedFile, sha1Checksum, unpack } from './unpack.ts';
import type { PackageData } from './unpack-ahead.ts';

const PROTECTED_PATHS = '/etc/apk/protected_paths.d';

/** A root into which packages are put, and out of which they are taken, as apk-tools 2.14 does (src/database.c). */
export class Transaction {
  readonly tree: Tree;
  readonly database: RootDatabase;
  readonly directories: Directories;
  readonly #protected: ProtectedPaths;
  /** What the packages that were there before say of folders. */
  readonly #access: ReadonlyMap<string, InstalledAccess>;
  readonly #mtime: bigint;
  #identities: Identities | undefined;

  /** @param mtime nanoseconds: of folders and of what apk itself writes */
  constructor(tree: Tree, mtime: bigint) {
    this.tree = tree;
    this.database = new RootDatabase(tree);
    this.directories = new Directories(tree, this.database.packages.values());
    this.#protected = new ProtectedPaths(protectedLists(tree));
    this.#access = combinedAccess(this.database.packages.values());
    this.#mtime = mtime;
  }

  /** A script has been at work: users, groups and folders may be others now. */
  rootChanged(): void {
    this.#identities = undefined;
    this.directories.forgetEntries();
  }

  /**
   * Puts a package's files into the root.
   *
   * @throws RB_TREE_CONFLICT when a file belongs to a package that it does not replace, or a folder is in its way
   */
  putFiles(item: InstalledPackage, data: PackageData): void {
    this.#identities ??= readIdentities(this.tree);
    const origin = `package ${item.name}-${item.version}`;
    const { directories, files } = unpack(data, this.#identities, origin, this.#mtime);
    const refused = new Set<StagedFile>(files.filter((file) => !this.#mayPut(item, file)));
    for (const { path, access } of directories) {
      this.directories.prepare(path, access.mode, this.#access.get(path), this.#mtime, origin);
    }
    for (const staged of files) if (!refused.has(staged)) this.#put(item, staged);
    for (const staged of refused) {
      staged.directory.files = staged.directory.files.filter((file) => file !== staged.file);
    }
    for (const { path } of directories) this.directories.modified(path);
    item.directories = directories;
  }

  /** Takes a package out of the root: the files that it still owns, and folders that are empty then. */
  takeFiles(item: InstalledPackage): void {
    for (const directory of item.directories) {
      this.directories.modified(directory.path);
      for (const file of directory.files) this.#take(directory, file.name, file.checksum);
    }
    this.database.remove(item);
    const kept = new Set(
      [...this.database.packages.values()].flatMap(({ directories }) => directories.map(({ path }) => path)),
    );
    for (const { path } of [...item.directories].reverse()) {
      if (path !== '' && !kept.has(path)) this.#removeEmpty(path);
    }
    this.directories.forgetEntries();
  }

  /** False when another package keeps the path, because it replaces this one with a higher priority. */
  #mayPut(item: InstalledPackage, { directory, file }: StagedFile): boolean {
    const path = pathOf(directory, file);
    const owner = this.database.files.get(path)?.package;
    if (!owner || owner.name === item.name || hasSameOrigin(owner, item)) return true;
    const theirs = replaces(owner, item) ? owner.replacesPriority : -1;
    const ours = replaces(item, owner) ? item.replacesPriority : -1;
    if (theirs > ours) return false;
    if (ours >= 0) return true;
    throw new RootlessBakeError(
      'RB_TREE_CONFLICT',
      `/${path} is in ${owner.name}-${owner.version} and in ${item.name}-${item.version}, which does not replace it`,
      { hint: 'leave one of the two packages out' },
    );
  }

  #put(item: InstalledPackage, { directory, file, entry }: StagedFile): void {
    const path = pathOf(directory, file);
    const folder = this.directories.entry(directory.path);
    const existing = folder?.children.get(file.name);
    if (!folder || existing?.type === 'directory') {
      throw new RootlessBakeError(
        'RB_TREE_CONFLICT',
        `/${path} of ${item.name} is ${folder ? 'a folder' : 'below no folder'} in the root`,
        { hint: 'take what is in its way out of the base, or leave the package out' },
      );
    }
    const before = this.database.files.get(path);
    const isChanged = existing !== undefined && !isAsPackaged(existing, before?.file.checksum);
    if (this.#protected.of(directory.path) === 'none' || !isChanged) folder.children.set(file.name, entry);
    else if (!isAsPackaged(existing, file.checksum)) folder.children.set(`${file.name}.apk-new`, entry);
    if (before) before.directory.files = before.directory.files.filter((other) => other !== before.file);
    this.database.files.set(path, { package: item, directory, file });
  }

  #take(directory: InstalledDirectory, name: string, checksum: string | undefined): void {
    const folder = this.directories.entry(directory.path);
    const existing = folder?.children.get(name);
    const isKept =
      this.#protected.of(directory.path) !== 'none' && existing && !isAsPackaged(existing, checksum);
    if (folder && existing && existing.type !== 'directory' && !isKept) folder.children.delete(name);
    this.database.files.delete(directory.path === '' ? name : `${directory.path}/${name}`);
  }

  #removeEmpty(path: string): void {
    const found = this.tree.get(`/${path}`);
    if (found?.type === 'directory' && found.children.size === 0) this.tree.delete(`/${path}`);
  }
}

/** A new package of the database, without files yet. */
export function newInstalledPackage(
  fields: ReadonlyMap<string, string>,
  tag: string | undefined,
): InstalledPackage {
  return {
    name: fields.get('P') ?? '',
    version: fields.get('V') ?? '',
    identity: fields.get('C') ?? '',
    fields,
    replaces: '',
    replacesPriority: 0,
    tag,
    broken: '',
    directories: [],
  };
}

function hasSameOrigin(a: InstalledPackage, b: InstalledPackage): boolean {
  const origin = a.fields.get('o');
  return origin !== undefined && origin === b.fields.get('o');
}

function replaces(item: InstalledPackage, other: InstalledPackage): boolean {
  return parseDependencies(item.replaces).some((dependency) =>
    dependency.name === other.name ? isMet(dependency, other) : dependency.isConflict,
  );
}

/** True when a file or link holds what a package has put there. */
function isAsPackaged(entry: Entry | DirectoryEntry, checksum: string | undefined): boolean {
  if (checksum === undefined) return false;
  if (entry.type === 'file') return sha1Checksum(readContent(entry.content)) === checksum;
  return entry.type === 'symlink' && sha1Checksum(encodeName(entry.target)) === checksum;
}

function protectedLists(tree: Tree): string[] {
  const folder = tree.resolve(PROTECTED_PATHS)?.entry;
  if (folder?.type !== 'directory') return [];
  const names = [...folder.children.keys()].filter((name) => name.endsWith('.list')).sort();
  return names.map((name) => readText(tree, `${PROTECTED_PATHS}/${name}`) ?? '');
}
