/**
 * The 512-byte header block of a tar entry: POSIX.1-2017 `pax`, "ustar Interchange Format", with the number
 * encodings of GNU tar (tar/header.h).
 */

export const BLOCK = 512;

/** The largest number in a field of 7 and of 11 octal digits. */
export const MAXIMUM_7 = 0o7777777;
export const MAXIMUM_11 = 0o77777777777;

/** Bytes of the name and link name fields. */
export const NAME_LENGTH = 100;

/** A header as it stands in the block, names in bytes. */
export interface RawHeader {
  readonly name: Uint8Array;
  readonly linkname: Uint8Array;
  /** One character, such as `0` for a file; a NUL byte reads as `0`. */
  readonly typeflag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Seconds. */
  readonly mtime: number;
  readonly uname: Uint8Array;
  readonly gname: Uint8Array;
  readonly major: number;
  readonly minor: number;
  /** The whole block, when it is that of a sparse file in GNU tar's old format. */
  readonly sparse?: Uint8Array;
}

const FIELDS = {
  name: [0, NAME_LENGTH],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  typeflag: [156, 1],
  linkname: [157, NAME_LENGTH],
  magic: [257, 8],
  uname: [265, 32],
  gname: [297, 32],
  major: [329, 8],
  minor: [337, 8],
  prefix: [345, 155],
} as const;

type Field = keyof typeof FIELDS;

const USTAR = 'ustar\u000000';
const POSIX_MAGIC = Buffer.from('ustar\0');
const GNU_MAGIC = Buffer.from('ustar ');
/** What `star` and old libarchive end a block with. */
const STAR_MARK = Buffer.from('tar\0');
const ZERO = 0x30;
const NO_BYTES = new Uint8Array(0);

/**
 * Reads a header block.
 *
 * @returns undefined when the checksum is wrong or a number is none: the block is no header
 */
export function decodeHeader(block: Uint8Array): RawHeader | undefined {
  if (!checksumHolds(block)) return undefined;
  const posix = standsAt(block, FIELDS.magic[0], POSIX_MAGIC);
  const gnu = !posix && standsAt(block, FIELDS.magic[0], GNU_MAGIC);
  const extended = posix || gnu;
  const mode = numberAt(block, 'mode');
  const uid = numberAt(block, 'uid');
  const gid = numberAt(block, 'gid');
  const size = numberAt(block, 'size');
  const mtime = numberAt(block, 'mtime');
  const major = extended ? numberAt(block, 'major') : 0;
  const minor = extended ? numberAt(block, 'minor') : 0;
  if (Number.isNaN(mode + uid + gid + size + mtime + major + minor)) return undefined;
  const typeflag = String.fromCharCode(block[FIELDS.typeflag[0]] || ZERO);
  return {
    mode,
    uid,
    gid,
    size,
    mtime,
    major,
    minor,
    name: fullName(block, posix),
    linkname: text(field(block, 'linkname')),
    typeflag,
    uname: extended ? text(field(block, 'uname')) : NO_BYTES,
    gname: extended ? text(field(block, 'gname')) : NO_BYTES,
    ...(gnu && typeflag === 'S' && { sparse: new Uint8Array(block) }),
  };
}

/**
 * Writes a ustar header. Names that do not fit are cut and numbers that do not fit are 0: the caller sends
 * PAX records for them.
 */
export function encodeHeader(header: Omit<RawHeader, 'uname' | 'gname'>, target: Uint8Array): void {
  const block = target.subarray(0, BLOCK).fill(0);
  block.set(header.name.subarray(0, NAME_LENGTH), FIELDS.name[0]);
  putOctal(block, 'mode', header.mode);
  putOctal(block, 'uid', header.uid);
  putOctal(block, 'gid', header.gid);
  putOctal(block, 'size', header.size);
  putOctal(block, 'mtime', header.mtime);
  putText(block, 'typeflag', header.typeflag);
  block.set(header.linkname.subarray(0, NAME_LENGTH), FIELDS.linkname[0]);
  putText(block, 'magic', USTAR);
  putOctal(block, 'major', header.major);
  putOctal(block, 'minor', header.minor);
  const [at] = FIELDS.checksum;
  const sum = checksum(block).unsigned.toString(8).padStart(6, '0');
  for (let index = 0; index < 6; index += 1) block[at + index] = sum.charCodeAt(index);
  block[at + 6] = 0;
  block[at + 7] = 0x20;
}

/** `star` and old libarchive put times behind a shorter prefix and the word `tar` at the block's end. */
function fullName(block: Uint8Array, posix: boolean): Uint8Array {
  const name = text(field(block, 'name'));
  if (!posix) return name;
  if (block[FIELDS.prefix[0]] === 0) return name;
  const star = standsAt(block, BLOCK - STAR_MARK.length, STAR_MARK);
  const prefix = text(star ? block.subarray(345, 345 + 131) : field(block, 'prefix'));
  return prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]);
}

function field(block: Uint8Array, name: Field): Uint8Array {
  const [offset, length] = FIELDS[name];
  return block.subarray(offset, offset + length);
}

/** A field up to its first NUL. */
function text(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  if (end === 0) return NO_BYTES;
  return new Uint8Array(end < 0 ? bytes : bytes.subarray(0, end));
}

function standsAt(bytes: Uint8Array, position: number, wanted: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at += 1) if (bytes[position + at] !== wanted[at]) return false;
  return true;
}

function numberAt(block: Uint8Array, name: Field): number {
  const [offset, length] = FIELDS[name];
  return decodeNumber(block, offset, offset + length);
}

/** Octal digits between spaces and NULs, or GNU's base 256 when the first bit is set; NaN when neither. */
export function decodeNumber(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  if ((bytes[start]! & 0x80) !== 0) return decodeBase256(bytes.subarray(start, end));
  let at = start;
  while (at < end && (bytes[at] === 0x20 || bytes[at] === 0)) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = bytes[at]! - 0x30;
    if (bytes[at] === 0x20 || bytes[at] === 0) break;
    if (digit < 0 || digit > 7) return Number.NaN;
    value = value * 8 + digit;
  }
  return value;
}

/** Two's complement, big-endian, without the first bit. */
function decodeBase256(bytes: Uint8Array): number {
  let value = (bytes[0]! & 0x40) === 0 ? BigInt(bytes[0]! & 0x3f) : BigInt(bytes[0]!) - 0x100n;
  for (const byte of bytes.subarray(1)) value = value * 256n + BigInt(byte);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

function putOctal(block: Uint8Array, name: Field, value: number): void {
  const [offset, length] = FIELDS[name];
  let rest = value >= 0 && value <= (length === 8 ? MAXIMUM_7 : MAXIMUM_11) ? value : 0;
  for (let at = offset + length - 2; at >= offset; at -= 1) {
    block[at] = 0x30 + (rest % 8);
    rest = Math.floor(rest / 8);
  }
}

function putText(block: Uint8Array, name: Field, value: string): void {
  for (let index = 0; index < value.length; index += 1) {
    block[FIELDS[name][0] + index] = value.charCodeAt(index);
  }
}

/** The sum of all bytes with the checksum field read as spaces; old tars summed signed bytes. */
function checksum(block: Uint8Array): { unsigned: number; signed: number } {
  const [start, length] = FIELDS.checksum;
  let unsigned = 0x20 * length;
  let high = 0;
  for (let index = 0; index < BLOCK; index += 1) {
    if (index === start) index += length;
    const byte = block[index]!;
    unsigned += byte;
    if (byte > 0x7f) high += 1;
  }
  return { unsigned, signed: unsigned - 0x100 * high };
}

function checksumHolds(block: Uint8Array): boolean {
  const stored = numberAt(block, 'checksum');
  const { unsigned, signed } = checksum(block);
  return stored === unsigned || stored === signed;
}

/** Whether bytes begin with a header: told by its checksum, for old archives have no magic. */
export function isTar(head: Uint8Array): boolean {
  return head.length >= BLOCK && decodeHeader(head.subarray(0, BLOCK)) !== undefined;
}
