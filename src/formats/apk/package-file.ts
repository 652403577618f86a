import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { damagedApk, untrustedApk } from './errors.ts';
import { readGzipMember, tooMuch } from './gzip-member.ts';
import { type PackageInfo, parsePackageInfo } from './package-info.ts';
import { type ApkKeys, verifySignature } from './signature.ts';
import { tarFiles } from './tar-files.ts';

/** The scripts that a package may bring, in the order of apk's database. */
export const SCRIPT_TYPES = [
  'pre-install',
  'post-install',
  'pre-deinstall',
  'post-deinstall',
  'pre-upgrade',
  'post-upgrade',
  'trigger',
] as const;

export type ScriptType = (typeof SCRIPT_TYPES)[number];

/** The control part of a verified package. */
export interface ApkPackage {
  readonly info: PackageInfo;
  readonly scripts: ReadonlyMap<ScriptType, Uint8Array>;
  /** `Q1` and the base64 of the SHA-1 of the stored control member: `C:` of the index. */
  readonly identity: string;
  /** The stored data member, checked against the control part. */
  readonly data: Uint8Array;
}

export interface ReadPackageOptions {
  /** Names the package in errors. */
  readonly what: string;
  /** The identity that a verified index gives. It vouches for the package as a signature does. */
  readonly identity?: string;
  /** Keys of which one must have signed the package, where no identity is known. */
  readonly keys?: ApkKeys;
}

const SIGNATURE_LIMIT = 1 << 20;
const CONTROL_LIMIT = 64 << 20;

/** What one package may unpack to, in bytes. */
export const DATA_LIMIT: number = 2 ** 32;

const inflate = promisify<Uint8Array, { maxOutputLength: number; chunkSize: number }, Buffer>(gunzip);

/** Deflate makes no more than so many bytes of one (RFC 1951: 258 of two bits). */
const MOST_PER_BYTE = 1032;
const SMALLEST_CHUNK = 1 << 10;

/**
 * Reads a package of apk-tools 2 (apk-package(5)): gzip members of signatures, control and data. Nothing of it is
 * given away before its bytes are those that the index or a key vouches for: the identity covers the control
 * member, whose `datahash` covers the data.
 *
 * @throws RB_SIGNATURE_INVALID when it is another package or none of the keys has signed it
 * @throws RB_ARCHIVE_DAMAGED, RB_ARCHIVE_UNSUPPORTED, RB_LIMIT_EXCEEDED
 */
export function readPackageFile(bytes: Uint8Array, options: ReadPackageOptions): ApkPackage {
  const { what } = options;
  const signatures = readGzipMember(bytes, 0, SIGNATURE_LIMIT, what);
  const control = readGzipMember(bytes, signatures.stored.length, CONTROL_LIMIT, what);
  const identity = `Q1${createHash('sha1').update(control.stored).digest('base64')}`;
  if (options.identity === undefined) {
    verifySignature(signatures, control.stored, options.keys ?? new Map(), what);
  } else if (options.identity !== identity) {
    throw untrustedApk(what, `it is not the package of the index, which has ${options.identity}`);
  }
  const data = bytes.subarray(signatures.stored.length + control.stored.length);
  const scripts = new Map<ScriptType, Uint8Array>();
  let info: PackageInfo | undefined;
  for (const { name, body } of tarFiles(control.content, what)) {
    if (name === '.PKGINFO') info = parsePackageInfo(Buffer.from(body).toString('utf8'));
    const type = SCRIPT_TYPES.find((candidate) => name === `.${candidate}`);
    if (type) scripts.set(type, new Uint8Array(body));
  }
  if (!info) throw damagedApk(what, 'it has no .PKGINFO');
  if (info.datahash === undefined) throw damagedApk(what, 'its .PKGINFO has no datahash');
  if (createHash('sha256').update(data).digest('hex') !== info.datahash) {
    throw untrustedApk(what, 'its data is not what its control part says');
  }
  return { info, scripts, identity, data };
}

/**
 * Decompresses the data member, in a thread of Node's.
 *
 * @returns a tar
 * @throws RB_ARCHIVE_DAMAGED, RB_LIMIT_EXCEEDED
 */
export async function inflateData(
  { data }: ApkPackage,
  what: string,
  limit: number = DATA_LIMIT,
): Promise<Buffer> {
  try {
    return await inflate(data, { maxOutputLength: limit, chunkSize: chunkFor(data, limit) });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw tooMuch(what, limit);
    }
    throw damagedApk(what, 'its compressed data ends wrong', error);
  }
}

/** Room for all that comes out, where the last member's own count of it is right (RFC 1952, ISIZE). */
function chunkFor(data: Uint8Array, limit: number): number {
  if (data.length < 4) return SMALLEST_CHUNK;
  const stated = Buffer.from(data.buffer, data.byteOffset, data.length).readUInt32LE(data.length - 4);
  return Math.max(Math.min(stated + 1, data.length * MOST_PER_BYTE, limit), SMALLEST_CHUNK);
}
