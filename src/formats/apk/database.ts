import { compareNames } from '../../tree/name.ts';

/** Owner and mode of an installed path. */
export interface InstalledAccess {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  /** `Q1` and the base64 SHA-1 of its xattrs. */
  readonly xattrs?: string | undefined;
}

export interface InstalledFile {
  readonly name: string;
  access: InstalledAccess;
  /** `Q1` and the base64 SHA-1 of the bytes, or of a link's target. */
  checksum: string | undefined;
}

export interface InstalledDirectory {
  /** Without a slash in front; empty for the root. */
  readonly path: string;
  access: InstalledAccess;
  files: InstalledFile[];
}

/** One package of the database of installed packages, with all that it owns. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly identity: string;
  /** Fields of the index by their letters, in their order. */
  readonly fields: ReadonlyMap<string, string>;
  /** As written. */
  replaces: string;
  replacesPriority: number;
  tag: string | undefined;
  /** `s`: a script of it has failed; `f` and `x`: files or xattrs could not be installed. */
  broken: string;
  directories: InstalledDirectory[];
}

const DIRECTORY: InstalledAccess = { uid: 0, gid: 0, mode: 0o755 };
const FILE: InstalledAccess = { uid: 0, gid: 0, mode: 0o644 };

/** Fields that the database has beyond those of an index (apk-tools 2, src/database.c). */
const OWN_FIELDS = 'rqsf';

/** Reads /lib/apk/db/installed. */
export function parseInstalled(text: string): InstalledPackage[] {
  return text
    .split('\n\n')
    .filter((record) => record.trim() !== '')
    .map(parsePackage);
}

/**
 * Writes /lib/apk/db/installed, in the order of names. As apk-tools 2.14 does, the own fields of a package without
 * folders are written with those of the next package that has some.
 */
export function formatInstalled(packages: Iterable<InstalledPackage>): string {
  let text = '';
  let pending = '';
  for (const item of [...packages].sort((a, b) => compareNames(a.name, b.name))) {
    text += [...item.fields].map(([letter, value]) => `${letter}:${value}\n`).join('');
    pending += formatOwnFields(item);
    if (item.directories.length > 0) {
      text += pending + formatDirectories(item.directories);
      pending = '';
    }
    text += '\n';
  }
  return text;
}

function parsePackage(record: string): InstalledPackage {
  const fields = new Map<string, string>();
  const own = new Map<string, string>();
  const directories: InstalledDirectory[] = [];
  let file: InstalledFile | undefined;
  for (const line of record.split('\n')) {
    const value = line.slice(2);
    const directory = directories.at(-1);
    switch (line[0]) {
      case 'F':
        directories.push({ path: value, access: DIRECTORY, files: [] });
        break;
      case 'M':
        if (directory) directory.access = parseAccess(value);
        break;
      case 'R':
        file = { name: value, access: FILE, checksum: undefined };
        directory?.files.push(file);
        break;
      case 'a':
        if (file) file.access = parseAccess(value);
        break;
      case 'Z':
        if (file) file.checksum = value;
        break;
      default:
        if (line[1] !== ':') break;
        if (!OWN_FIELDS.includes(line[0]!)) fields.set(line[0]!, value);
        else own.set(line[0]!, line[0] === 'r' && own.has('r') ? `${own.get('r')} ${value}` : value);
    }
  }
  return {
    name: fields.get('P') ?? '',
    version: fields.get('V') ?? '',
    identity: fields.get('C') ?? '',
    fields,
    replaces: own.get('r') ?? '',
    replacesPriority: Number(own.get('q') ?? 0),
    tag: own.get('s'),
    broken: own.get('f') ?? '',
    directories,
  };
}

function formatOwnFields({ replaces, replacesPriority, tag, broken }: InstalledPackage): string {
  const fields = [
    ['r', replaces],
    ['q', replacesPriority === 0 ? '' : String(replacesPriority)],
    ['s', tag ?? ''],
    ['f', broken],
  ] as const;
  return fields.map(([letter, value]) => (value === '' ? '' : `${letter}:${value}\n`)).join('');
}

function formatDirectories(directories: readonly InstalledDirectory[]): string {
  let text = '';
  for (const { path, access, files } of directories) {
    text += `F:${path}\n`;
    if (!isSame(access, DIRECTORY)) text += `M:${formatAccess(access)}\n`;
    for (const file of files) {
      text += `R:${file.name}\n`;
      if (!isSame(file.access, FILE)) text += `a:${formatAccess(file.access)}\n`;
      if (file.checksum !== undefined) text += `Z:${file.checksum}\n`;
    }
  }
  return text;
}

function parseAccess(text: string): InstalledAccess {
  const [uid, gid, mode, xattrs] = text.split(':');
  return { uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode ?? '0', 8), xattrs };
}

function formatAccess({ uid, gid, mode, xattrs }: InstalledAccess): string {
  const digest = xattrs === undefined ? '' : `:${xattrs}`;
  return `${uid}:${gid}:${mode.toString(8)}${digest}`;
}

function isSame(a: InstalledAccess, b: InstalledAccess): boolean {
  return a.uid === b.uid && a.gid === b.gid && a.mode === b.mode && a.xattrs === b.xattrs;
}
