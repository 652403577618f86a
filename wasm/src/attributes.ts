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

const nanosecondsPerSecond = 1_000_000_000n;
const earliest = -(2n ** 31n);
const latest = 2n ** 34n - 2n ** 31n - 1n;

/**
 * Seconds (rounded down) and the nanoseconds on top of them.
 * @throws {Ext2fsError} `EOVERFLOW` if an inode with 34 bits of seconds cannot hold the time
 */
export function splitTime(time: bigint): [seconds: number, nanoseconds: number] {
  let seconds = time / nanosecondsPerSecond;
  let nanoseconds = time % nanosecondsPerSecond;
  if (nanoseconds < 0n) {
    seconds -= 1n;
    nanoseconds += nanosecondsPerSecond;
  }
  if (seconds < earliest || seconds > latest) {
    throw new Ext2fsError('EOVERFLOW', `ext4 cannot hold a time of ${seconds} seconds from 1970`);
  }
  return [Number(seconds), Number(nanoseconds)];
}

/** @throws {RangeError} if there are bits beyond the 12 */
export function modeBits(mode: number): number {
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
    throw new RangeError(`not 12 bits of mode: ${mode}`);
  return mode;
}

/** The extended attributes sorted by name: equal sets give equal bytes. */
export function xattrList(attributes: Attributes): [name: string, value: Uint8Array][] {
  if (!attributes.xattrs) return [];
  const list = Array.from(attributes.xattrs, ([name, value]): [string, Uint8Array] => [name, value]);
  list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [index, [name]] of list.entries()) {
    if (!/^[a-z]+\..|^system\./s.test(name) || name.includes('\0')) {
      throw new Ext2fsError('EINVAL', `not the name of an extended attribute: ${JSON.stringify(name)}`);
    }
    if (list[index - 1]?.[0] === name)
      throw new Ext2fsError('EEXIST', `extended attribute ${name} is given twice`);
  }
  return list;
}
