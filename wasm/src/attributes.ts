import { Ext2fsError } from './errors.ts';

/** Metadata of an inode. */
export interface Attributes {
  /** 0 to 2^32 - 1. */
  uid: number;
  gid: number;
  /** Permissions, setuid, setgid and sticky: 12 bits. */
  mode: number;
  /** Nanoseconds since 1970; ext4 holds 1901-12-13 to 2446-05-10. */
  mtime: bigint;
  /**
   * Extended attributes by full name (`user.x`, `security.capability`), with the values that getxattr(2) gives;
   * POSIX ACLs as `system.posix_acl_access` and `system.posix_acl_default`. Their order does not matter.
   */
  xattrs?: Iterable<readonly [name: string, value: Uint8Array]>;
}

const earliest = -(2n ** 31n) * 1_000_000_000n;
const latest = (2n ** 34n - 2n ** 31n) * 1_000_000_000n - 1n;

const nothing = new Uint8Array(0);

/** @throws {Ext2fsError} `EOVERFLOW` if an inode with 34 bits of seconds cannot hold the time */
export function checkTime(time: bigint): bigint {
  if (time < earliest || time > latest) {
    throw new Ext2fsError('EOVERFLOW', `ext4 cannot hold a time of ${time} nanoseconds from 1970`);
  }
  return time;
}

/** @throws {RangeError} if there are bits beyond the 12 */
export function modeBits(mode: number): number {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
    throw new RangeError(`not 12 bits of mode: ${mode}`);
  return mode;
}

/**
 * The extended attributes as the C side reads them (c/writer_xattr.c): for each the lengths of name and value in
 * 32 bits, the name with a NUL, the value. Sorted by name: equal sets give equal bytes.
 */
export function encodeXattrs(attributes: Attributes): Uint8Array {
  if (!attributes.xattrs) return nothing;
  const list = Array.from(attributes.xattrs, ([name, value]): [string, Uint8Array] => [name, value]);
  if (list.length === 0) return nothing;
  list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const encoder = new TextEncoder();
  const names = list.map(([name]) => encoder.encode(name));
  const total = list.reduce((sum, [, value], index) => sum + 9 + names[index]!.length + value.length, 0);
  const encoded = new Uint8Array(total);
  const view = new DataView(encoded.buffer);
  let at = 0;
  for (const [index, [name, value]] of list.entries()) {
    if (!/^[a-z]+\..|^system\./s.test(name) || name.includes('\0')) {
      throw new Ext2fsError('EINVAL', `not the name of an extended attribute: ${JSON.stringify(name)}`);
    }
    if (list[index - 1]?.[0] === name)
      throw new Ext2fsError('EEXIST', `extended attribute ${name} is given twice`);
    const length = names[index]!.length + 1;
    view.setUint32(at, length, true);
    view.setUint32(at + 4, value.length, true);
    encoded.set(names[index]!, at + 8);
    encoded.set(value, at + 8 + length);
    at += 8 + length + value.length;
  }
  return encoded;
}
