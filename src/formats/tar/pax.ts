/**
 * Extended header records, `LENGTH KEY=VALUE\n`: POSIX.1-2017 `pax`, "pax Extended Header". Values are
 * bytes, for xattrs are.
 */
import { decodeName, encodeName } from '../../tree/name.ts';

/** PAX records by key. */
export type PaxRecords = ReadonlyMap<string, Uint8Array>;

/** PAX vendor record on an empty file that stands for a socket, which tar has no type for. */
export const FILE_TYPE_KEY = 'ROOTLESSBAKE.filetype';

/** How GNU tar, star and libarchive store an xattr: its name behind this, its value as bytes. */
export const XATTR_PREFIX = 'SCHILY.xattr.';

/** The map of a sparse file: offsets and lengths in turn, between commas. */
export const SPARSE_MAP_KEY = 'GNU.sparse.map';

/** How GNU tar's sparse format 0.0 tells the same, by repeating these in turn. */
const SPARSE_PIECE_KEYS = ['GNU.sparse.offset', 'GNU.sparse.numbytes'];

/** libarchive's own spelling: name percent-encoded, value in base64. */
const LIBARCHIVE_PREFIX = 'LIBARCHIVE.xattr.';

/**
 * Reads the records of one extended header. A map of a sparse file is always under {@link SPARSE_MAP_KEY}.
 *
 * @returns undefined when the bytes are malformed
 */
export function decodePax(bytes: Uint8Array): Map<string, Uint8Array> | undefined {
  const records = new Map<string, Uint8Array>();
  const sparse: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : Buffer.from(bytes.subarray(at, space)).toString('latin1');
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space + 1);
    if (!/^\d{1,9}$/.test(digits) || end > bytes.length || bytes[end - 1] !== 0x0a) return undefined;
    if (equals < 0 || equals >= end - 1) return undefined;
    const key = decodeName(bytes.subarray(space + 1, equals));
    const value = new Uint8Array(bytes.subarray(equals + 1, end - 1));
    const part = SPARSE_PIECE_KEYS.indexOf(key);
    if (part < 0) records.set(key, value);
    else if (part !== sparse.length % 2) return undefined;
    else sparse.push(Buffer.from(value).toString('latin1'));
    at = end;
  }
  if (sparse.length > 0) records.set(SPARSE_MAP_KEY, Buffer.from(sparse.join()));
  return records;
}

/** Writes records in the order of their keys. */
export function encodePax(records: PaxRecords): Uint8Array {
  const parts = [...records]
    .map(([key, value]) => ({ key: encodeName(key), value }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .flatMap(({ key, value }) => {
      const length = recordLength(key.length + value.length + 3);
      return [Buffer.from(`${length} `), key, Buffer.from('='), value, Buffer.from('\n')];
    });
  return Buffer.concat(parts);
}

/** The xattrs among the records. */
export function paxXattrs(records: PaxRecords): Map<string, Uint8Array> {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of records) {
    if (!key.startsWith(LIBARCHIVE_PREFIX)) continue;
    const name = decodeName(percentDecode(key.slice(LIBARCHIVE_PREFIX.length)));
    xattrs.set(name, new Uint8Array(Buffer.from(Buffer.from(value).toString('latin1'), 'base64')));
  }
  for (const [key, value] of records) {
    if (!key.startsWith(XATTR_PREFIX)) continue;
    const name = key.slice(XATTR_PREFIX.length).replaceAll('%3D', '=').replaceAll('%25', '%');
    xattrs.set(name, value);
  }
  return xattrs;
}

/** The key of an xattr's record; a key cannot hold `=`, so GNU tar's escapes for it and `%` are used. */
export function xattrKey(name: string): string {
  return XATTR_PREFIX + name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

/** Seconds with an optional fraction to nanoseconds; undefined when it is no such number. */
export function decodePaxTime(bytes: Uint8Array): bigint | undefined {
  const match = /^(-?)(\d{1,18})(?:\.(\d*))?$/.exec(Buffer.from(bytes).toString('latin1'));
  if (!match) return undefined;
  const fraction = (match[3] ?? '').slice(0, 9).padEnd(9, '0');
  const value = BigInt(match[2]!) * 1_000_000_000n + BigInt(fraction);
  return match[1] === '-' ? -value : value;
}

/** Nanoseconds to seconds with as many digits behind the point as it takes. */
export function encodePaxTime(time: bigint): string {
  const absolute = time < 0n ? -time : time;
  const fraction = String(absolute % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = `${time < 0n ? '-' : ''}${absolute / 1_000_000_000n}`;
  return fraction === '' ? seconds : `${seconds}.${fraction}`;
}

/** The length of a record counts its own digits. `rest` counts the space, `=` and the line feed as well. */
function recordLength(rest: number): number {
  const length = rest + String(rest).length;
  return rest + String(length).length;
}

function percentDecode(text: string): Uint8Array {
  const bytes = Buffer.from(encodeName(text));
  const parts: number[] = [];
  for (let at = 0; at < bytes.length; at += 1) {
    const code =
      bytes[at] === 0x25 ? Number.parseInt(bytes.toString('latin1', at + 1, at + 3), 16) : Number.NaN;
    parts.push(Number.isNaN(code) ? bytes[at]! : code);
    if (!Number.isNaN(code)) at += 2;
  }
  return Uint8Array.from(parts);
}
