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

/**
 * Reads the database of installed packages of a root, by package name. Empty when there is none. Format:
 * apk-tools 2, src/database.c, `apk_db_write_fdb`: `F` directory, `M` its uid:gid:mode, `R` file in the last
 * directory, `a` its uid:gid:mode and perhaps a checksum of its xattrs. Owners are numbers already.
 */
export function readApkDatabase(tree: Tree): ReadonlyMap<string, PackageRecord> {
  return parseApkDatabase(readText(tree, APK_DATABASE) ?? '');
}

export function parseApkDatabase(text: string): ReadonlyMap<string, PackageRecord> {
  const packages = new Map<string, PackageRecord>();
  for (const record of text.split('\n\n')) {
    const parsed = parseRecord(record);
    if (parsed) packages.set(parsed.name, parsed);
  }
  return packages;
}

function parseRecord(record: string): PackageRecord | undefined {
  const fields = new Map<string, string>();
  const directories: PackagePath[] = [];
  const files: PackagePath[] = [];
  let folder = '';
  for (const line of record.split('\n')) {
    const value = line.slice(2);
    switch (line.slice(0, 2)) {
      case 'F:':
        folder = value === '' ? '' : `/${value}`;
        if (folder) directories.push(withMetadata(folder, '0:0:755'));
        break;
      case 'M:':
        if (folder) directories.push(withMetadata(directories.pop()!.path, value));
        break;
      case 'R:':
        files.push(withMetadata(`${folder}/${value}`, '0:0:644'));
        break;
      case 'a:': {
        const last = files.pop();
        if (last) files.push(withMetadata(last.path, value));
        break;
      }
      default:
        if (line[1] === ':') fields.set(line[0]!, value);
    }
  }
  const name = fields.get('P');
  if (!name) return undefined;
  const version = fields.get('V') ?? '';
  return { name, version, checksum: fields.get('C') ?? '', directories, files };
}

function withMetadata(path: string, words: string): PackagePath {
  const [uid, gid, mode, xattrs] = words.split(':');
  return {
    path,
    uid: Number(uid),
    gid: Number(gid),
    mode: Number.parseInt(mode ?? '0', 8) & 0o7777,
    hasXattrs: xattrs !== undefined && xattrs !== '',
  };
}
