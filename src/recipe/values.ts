/**
 * The small values of a recipe: each function takes what the recipe says and gives the form that the rest
 * of the program uses, or throws RB_RECIPE_INVALID with a hint. Commands load this file: what takes the code of a
 * source to check is in {@link ./source-values.ts}.
 */
import { splitPath } from '../tree/path.ts';
import { invalid } from './invalid.ts';
import { parseSize } from './size.ts';

const SECTOR = 512;

/** The image's size: whole sectors, at least one; or `auto`. */
export function imageSize(value: string | number): number | 'auto' {
  if (value === 'auto') return value;
  const bytes = parseSize(value);
  if (bytes > 0 && bytes % SECTOR === 0) return bytes;
  throw invalid(
    `size ${JSON.stringify(value)} is ${bytes} bytes, which is not a multiple of ${SECTOR}`,
    `disks consist of sectors of ${SECTOR} bytes: write ${Math.max(1, Math.ceil(bytes / SECTOR)) * SECTOR}, or a size such as 128M`,
  );
}

/** Hex digits, `sha256:` and hex digits, or the SRI form `sha256-` and base64; gives lower-case hex. */
export function sha256(value: string): string {
  const hex = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(value)?.[1];
  if (hex) return hex.toLowerCase();
  const base64 = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(value)?.[1];
  if (base64) return Buffer.from(base64, 'base64').toString('hex');
  throw invalid(
    `${JSON.stringify(value)} is not a SHA-256 digest`,
    'write the 64 hex digits that sha256sum prints, or the form sha256-… in base64',
  );
}

/** Hyphened hex digits, lower-cased. */
export function uuid(value: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return value.toLowerCase();
  throw invalid(
    `${JSON.stringify(value)} is not a UUID`,
    'write 32 hex digits in groups of 8-4-4-4-12, as uuidgen prints them',
  );
}

/** Up to four octal digits, as text. */
export function mode(value: string): string {
  if (/^[0-7]{1,4}$/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} is not a mode`, 'write up to four octal digits, such as "0644"');
}

/** `uid:gid` in numbers below 2^32 - 1, or `keep`. */
export function owner(value: string): `${number}:${number}` | 'keep' {
  if (value === 'keep') return value;
  const [uid, gid] = /^(\d{1,10}):(\d{1,10})$/.exec(value)?.slice(1).map(Number) ?? [];
  if (uid !== undefined && gid !== undefined && uid < 2 ** 32 - 1 && gid < 2 ** 32 - 1)
    return `${uid}:${gid}`;
  throw invalid(
    `${JSON.stringify(value)} is not an owner`,
    'write uid and gid in numbers, such as "0:0", or keep for the owners that the input has',
  );
}

/** At most 16 bytes, all that an ext4 superblock has room for. */
export function label(value: string): string {
  if (Buffer.byteLength(value) <= 16 && !value.includes('\0')) return value;
  throw invalid(
    `label ${JSON.stringify(value)} has ${Buffer.byteLength(value)} bytes`,
    'an ext4 label has at most 16 bytes',
  );
}

/** A name that is also a file name, without any folder. */
export function cakeName(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not a name`,
    'the image file is named after it: use letters, digits, ".", "_" and "-"',
  );
}

/** An absolute path inside the root file system. */
export function guestPath(value: string): string {
  if (!value.startsWith('/')) {
    throw invalid(
      `${JSON.stringify(value)} is not an absolute path of the root file system`,
      `write ${JSON.stringify(`/${value.replace(/^(\.?\/)+/, '')}`)}`,
    );
  }
  try {
    splitPath(value);
  } catch (error) {
    throw invalid((error as Error).message, 'write the path without ".."');
  }
  return value;
}

/** A guest folder that can stand in PATH and in /etc/profile as it is. */
export function pathFolder(value: string): string {
  if (/^[\w/.,+@~=?-]+$/.test(value)) return guestPath(value);
  throw invalid(
    `${JSON.stringify(value)} cannot stand in PATH`,
    'it is written into /etc/profile: use letters, digits and / . , + @ ~ = ? - _',
  );
}

/** A package for `apk add`, with an optional version and repository tag: never an option of apk. */
export function apkPackage(value: string): string {
  if (/^!?[A-Za-z0-9][^\s]*$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not a package`,
    'write one apk package for each item, such as openrc or "nginx=1.24.0-r16"',
  );
}

/** A release of Alpine Linux: two numbers, or `edge`. */
export function alpineRelease(value: string): string {
  if (/^(\d+\.\d+|edge)$/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} is no release of Alpine`, 'write "3.19" (with quotes) or edge');
}

/** A URL or a folder, on one line of /etc/apk/repositories. */
export function repository(value: string): string {
  if (value.trim() === value && value !== '' && !/[\r\n]/.test(value)) return value;
  throw invalid(`${JSON.stringify(value)} is not a repository`, 'write a URL or the path of a folder');
}

/** A Debian package by name, or the path of a `.deb`. */
export function debPackage(value: string): string {
  if (isDebPath(value) ? !isUrl(value) : /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[\w.+:~-]+)?$/.test(value)) {
    return value;
  }
  throw invalid(
    `${JSON.stringify(value)} is neither a Debian package nor a .deb file`,
    'write a package name such as busybox-static, or the path of a downloaded .deb',
  );
}

/** The name of a kernel module, as `modprobe` takes it. */
export function kernelModule(value: string): string {
  if (/^[A-Za-z0-9_-]+$/.test(value)) return value;
  const bare = /^(?:.*\/)?([A-Za-z0-9_-]+)\.ko(\.\w+)?$/.exec(value)?.[1];
  throw invalid(
    `${JSON.stringify(value)} is not the name of a kernel module`,
    bare ? `write ${bare}` : 'write a name such as virtio_blk; its dependencies come by themselves',
  );
}

/** A word of the kernel's command line, which is one line. */
export function kernelOption(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these end a line or the command line
  if (value !== '' && !/[\u0000-\u001f]/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is not an option of the kernel`,
    'the command line of the kernel is one line: write one word for each item, such as console=ttyS0',
  );
}

export function isUrl(value: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(value);
}

/** What the names of Debian packages never have: a slash, or `.deb` at the end. */
export function isDebPath(value: string): boolean {
  return value.includes('/') || value.endsWith('.deb');
}
