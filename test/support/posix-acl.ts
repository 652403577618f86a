/** Tags of linux/posix_acl.h. */
export const USER_OBJ = 0x01;
export const USER = 0x02;
export const GROUP_OBJ = 0x04;
export const GROUP = 0x08;
export const MASK = 0x10;
export const OTHER = 0x20;

/** What {@link encodeAcl} takes; named users and groups have an id. */
export type AclEntry = readonly [tag: number, permissions: number, id?: number];

/** A list as getxattr(2) gives it, in hex: posix_acl_xattr_header and its entries, version 2. */
export function encodeAcl(entries: readonly AclEntry[]): string {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(permissions, 6 + 8 * index);
    bytes.writeUInt32LE(id ?? 0xffff_ffff, 8 + 8 * index);
  }
  return bytes.toString('hex');
}
