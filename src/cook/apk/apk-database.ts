import { type InstalledAccess, type InstalledPackage, parseInstalled } from '../../formats/apk/database.ts';
import type { Tree } from '../../tree/tree.ts';
import { readText } from '../ledger/identities.ts';

/** What the database says about one path of a package. */
export interface PackagePath {
  /** Absolute. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** The package's own header has xattrs for it; the database holds no more than their checksum. */
  readonly hasXattrs: boolean;
}

export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  /** Identity of the package: `Q1` and the base64 SHA-1 of its control segment. */
  readonly checksum: string;
  readonly directories: readonly PackagePath[];
  readonly files: readonly PackagePath[];
}

/** Where apk-tools 2 keeps its database of installed packages. */
export const APK_DATABASE = '/lib/apk/db/installed';

/** Reads the database of installed packages of a root, by package name. Empty when there is none. */
export function readApkDatabase(tree: Tree): ReadonlyMap<string, PackageRecord> {
  return parseApkDatabase(readText(tree, APK_DATABASE) ?? '');
}

export function parseApkDatabase(text: string): ReadonlyMap<string, PackageRecord> {
  const packages = new Map<string, PackageRecord>();
  for (const installed of parseInstalled(text)) {
    if (installed.name !== '') packages.set(installed.name, toRecord(installed));
  }
  return packages;
}

function toRecord({ name, version, identity, directories }: InstalledPackage): PackageRecord {
  return {
    name,
    version,
    checksum: identity,
    // The root has no package's metadata.
    directories: directories
      .filter(({ path }) => path !== '')
      .map(({ path, access }) => toPath(`/${path}`, access)),
    files: directories.flatMap(({ path, files }) =>
      files.map((file) => toPath(path === '' ? `/${file.name}` : `/${path}/${file.name}`, file.access)),
    ),
  };
}

function toPath(path: string, { uid, gid, mode, xattrs }: InstalledAccess): PackagePath {
  return { path, uid, gid, mode: mode & 0o7777, hasXattrs: xattrs !== undefined && xattrs !== '' };
}
