import { createHash } from 'node:crypto';
import { RootlessBakeError } from '../../errors.ts';
import type { InstalledAccess, InstalledDirectory, InstalledFile, TarFile } from '../../formats/apk/index.ts';
import { paxXattrs } from '../../formats/tar/pax.ts';
import { bytesContent, type Content } from '../../tree/content.ts';
import { contentSlice } from '../../tree/content-slice.ts';
import {
  deviceEntry,
  type Entry,
  fileEntry,
  isDeviceNumber,
  metadata,
  pipeEntry,
  symlinkEntry,
} from '../../tree/entry.ts';
import { compareNames, encodeName } from '../../tree/name.ts';
import { groupNumber, type Identities, userNumber } from '../ledger/identities.ts';
import type { PackageData } from './unpack-ahead.ts';

/** One file of a package, ready to be put into the root. */
export interface StagedFile {
  readonly directory: InstalledDirectory;
  readonly file: InstalledFile;
  readonly entry: Entry;
}

/** What a package's data holds. */
export interface StagedPackage {
  readonly directories: InstalledDirectory[];
  readonly files: StagedFile[];
}

/** Contents of at most this many bytes are copied out of the archive. */
const SMALL = 4096;

/** Of linux/limits.h, the latter with the NUL byte. */
const NAME_MAX = 255;
const PATH_MAX = 4096;

/** PAX record of a file's SHA-1 in hex, or of a link's target. */
const CHECKSUM = 'APK-TOOLS.checksum.SHA1';

/**
 * Reads the data of a package. Owners are taken by name from the root's users and groups, by number where it
 * has no such name.
 *
 * @param mtime nanoseconds: of links, to which apk gives no time of their own
 * @throws RB_ARCHIVE_DAMAGED for paths that lead out of the root, and links that lead nowhere
 */
export function unpack(
  { items, stored }: PackageData,
  identities: Identities,
  origin: string,
  mtime: bigint,
): StagedPackage {
  const directories = new Map<string, InstalledDirectory>();
  const staged = new Map<string, StagedFile>();
  const folder = (path: string): InstalledDirectory => {
    const known = directories.get(path);
    if (known) return known;
    const made: InstalledDirectory = { path, access: { uid: 0, gid: 0, mode: 0o755 }, files: [] };
    directories.set(path, made);
    return made;
  };
  for (const item of items) {
    const path = item.name.replace(/\/+$/, '');
    if (path.startsWith('.')) continue;
    checkPath(path, origin);
    const access = accessOf(item, identities);
    if (item.typeflag === '5') {
      folder(path).access = access;
      continue;
    }
    const cut = path.lastIndexOf('/');
    const name = path.slice(cut + 1);
    if (name.startsWith('.keep_')) continue;
    const directory = folder(path.slice(0, Math.max(cut, 0)));
    const target = item.typeflag === '1' ? staged.get(item.linkname) : undefined;
    if (item.typeflag === '1' && !target)
      throw damaged(origin, `${path} is a link to ${item.linkname}, which it has not`);
    const file = { name, access, checksum: target ? target.file.checksum : checksumOf(item) };
    directory.files.push(file);
    staged.set(path, {
      directory,
      file,
      entry: target?.entry ?? newEntry(item, access, stored, origin, mtime),
    });
  }
  return { directories: [...directories.values()], files: [...staged.values()] };
}

/** `Q1` and the base64 of the SHA-1 of some bytes. */
export function sha1Checksum(bytes: Uint8Array): string {
  return `Q1${createHash('sha1').update(bytes).digest('base64')}`;
}

function newEntry(
  item: TarFile,
  access: InstalledAccess,
  stored: Content,
  origin: string,
  mtime: bigint,
): Entry {
  const meta = metadata({
    uid: access.uid,
    gid: access.gid,
    mode: access.mode,
    mtime: BigInt(item.mtime) * 1_000_000_000n,
    xattrs: paxXattrs(item.pax),
    origin,
  });
  switch (item.typeflag) {
    case '0':
      return fileEntry(contentOf(item, stored), meta);
    case '2':
      checkTarget(item, origin);
      return symlinkEntry(item.linkname, { ...meta, mtime });
    case '3':
    case '4':
      checkDevice(item, origin);
      return deviceEntry(item.typeflag === '3' ? 'char' : 'block', item.major, item.minor, meta);
    case '6':
      return pipeEntry('fifo', meta);
    default:
      throw damaged(origin, `${item.name} has the unknown type ${JSON.stringify(item.typeflag)}`);
  }
}

function contentOf({ body, position }: TarFile, stored: Content): Content {
  return body.length <= SMALL
    ? bytesContent(new Uint8Array(body))
    : contentSlice(stored, position, body.length);
}

function accessOf({ uname, gname, uid, gid, mode, pax }: TarFile, identities: Identities): InstalledAccess {
  const xattrs = paxXattrs(pax);
  return {
    uid: (uname === '' ? undefined : userNumber(identities, uname)) ?? uid,
    gid: (gname === '' ? undefined : groupNumber(identities, gname)) ?? gid,
    mode,
    ...(xattrs.size > 0 && { xattrs: xattrsChecksum(xattrs) }),
  };
}

/** Names and values behind their lengths, in the order of the names (apk-tools 2, src/io.c). */
function xattrsChecksum(xattrs: ReadonlyMap<string, Uint8Array>): string {
  const sorted = [...xattrs].sort(([a], [b]) => compareNames(a, b));
  return sha1Checksum(
    Buffer.concat(sorted.flatMap(([name, value]) => [Buffer.from(name), value]).flatMap(withLength)),
  );
}

function withLength(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return [length, bytes];
}

function checksumOf({ pax, body, typeflag, linkname }: TarFile): string | undefined {
  const hex = pax.get(CHECKSUM);
  if (hex) return `Q1${Buffer.from(Buffer.from(hex).toString('latin1'), 'hex').toString('base64')}`;
  if (typeflag === '0') return sha1Checksum(body);
  return typeflag === '2' ? sha1Checksum(Buffer.from(linkname, 'utf8')) : undefined;
}

function checkPath(path: string, origin: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they end lines of the database
  const isWrong = path === '' || path.startsWith('/') || /[\u0000-\u001f\u007f]|(^|\/)\.\.?(\/|$)/.test(path);
  if (isWrong || (path.length * 3 > NAME_MAX && path.split('/').some((name) => isLonger(name, NAME_MAX)))) {
    throw damaged(origin, `the path ${JSON.stringify(path.slice(0, 300))} is not allowed`);
  }
}

function checkDevice({ name, major, minor }: TarFile, origin: string): void {
  if (isDeviceNumber(major, minor)) return;
  throw damaged(origin, `${name} is the device ${major}:${minor}, which Linux cannot have`);
}

function checkTarget({ name, linkname }: TarFile, origin: string): void {
  if (linkname !== '' && !linkname.includes('\0') && !isLonger(linkname, PATH_MAX - 1)) return;
  throw damaged(origin, `the link ${name} has a target that is empty, too long or holds a NUL byte`);
}

/** In bytes: names in UTF-16 are at most three times as long. */
function isLonger(name: string, limit: number): boolean {
  return name.length * 3 > limit && encodeName(name).length > limit;
}

function damaged(origin: string, why: string): RootlessBakeError {
  return new RootlessBakeError('RB_ARCHIVE_DAMAGED', `${origin}: ${why}`, {
    hint: 'abuild makes no such package: do not use it',
  });
}
