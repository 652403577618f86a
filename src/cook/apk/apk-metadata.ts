import { type Entry, setMetadata } from '../../tree/entry.ts';
import type { Tree } from '../../tree/tree.ts';
import type { Changes } from '../ledger/reconcile.ts';
import type { PackagePath, PackageRecord } from './apk-database.ts';
import type { PathXattrs } from './apk-xattrs.ts';

type Packages = ReadonlyMap<string, PackageRecord>;

export interface PackageMetadataOptions {
  /**
   * Nanoseconds: what the disk says is older than this came from a package with its time; what is younger was
   * written by a script since.
   */
  readonly started: bigint;
  /** The xattrs of the packages' paths, by package name, from their own headers. */
  readonly xattrs: ReadonlyMap<string, PathXattrs>;
}

/** The packages that are new in `after`, or of another build than in `before`. */
export function newPackages(before: Packages, after: Packages): PackageRecord[] {
  return [...after.values()].filter((record) => before.get(record.name)?.checksum !== record.checksum);
}

/**
 * Gives the paths that packages have just put into the root the owners, modes and times of the packages. Only
 * what the step has written is touched: a directory that was there keeps its metadata, and where a
 * protected file was, the package's own lies beside it as `.apk-new`.
 */
export function applyPackageMetadata(
  tree: Tree,
  packages: readonly PackageRecord[],
  changes: Changes,
  options: PackageMetadataOptions,
): void {
  for (const record of packages) {
    const origin = `package ${record.name}-${record.version}`;
    for (const directory of record.directories) {
      const entry = tree.get(directory.path);
      if (!changes.created.has(directory.path) || entry?.type !== 'directory') continue;
      setMetadata(entry, { ...owner(directory), origin });
    }
    const xattrs = options.xattrs.get(record.name);
    for (const file of record.files) {
      for (const path of [file.path, `${file.path}.apk-new`]) {
        const entry = tree.get(path);
        if (!entry || entry.type === 'directory' || !isWritten(changes, path)) continue;
        setMetadata(entry, { ...owner(file), origin, ...timeOf(path, changes, options.started) });
        setXattrs(entry, xattrs?.get(file.path));
      }
    }
  }
}

function owner({ uid, gid, mode }: PackagePath): { uid: number; gid: number; mode: number } {
  return { uid, gid, mode };
}

function isWritten({ created, changed, rewritten }: Changes, path: string): boolean {
  return created.has(path) || changed.has(path) || rewritten.has(path);
}

function timeOf(path: string, { disk }: Changes, started: bigint): { mtime: bigint } | undefined {
  const node = disk.get(path);
  return node && node.mtimeNs < started ? { mtime: node.mtimeNs } : undefined;
}

function setXattrs(entry: Entry, xattrs: ReadonlyMap<string, Uint8Array> | undefined): void {
  if (xattrs) entry.xattrs = xattrs;
}
