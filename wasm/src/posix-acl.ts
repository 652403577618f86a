import { Ext2fsError } from './errors.ts';

const storedVersion = 1; // EXT4_ACL_VERSION
const userVersion = 2; // POSIX_ACL_XATTR_VERSION
const undefinedId = 0xffff_ffff; // ACL_UNDEFINED_ID
const namedTags: ReadonlySet<number> = new Set([0x02, 0x08]); // ACL_USER, ACL_GROUP
const plainTags: ReadonlySet<number> = new Set([0x01, 0x04, 0x10, 0x20]); // owner, owning group, mask, other

/**
 * A POSIX ACL as ext4 stores it, in the form of getxattr(2): there every entry has an id, on the disk only
 * those of a named user or group. Formats: struct ext4_acl_entry (ext4/acl.h in Linux), struct
 * posix_acl_xattr_entry (linux/posix_acl_xattr.h).
 *
 * @throws {Ext2fsError} `EINVAL` if it is none, as getxattr(2) does
 */
export function userAcl(stored: Uint8Array): Uint8Array {
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  if (stored.length < 4 || view.getUint32(0, true) !== storedVersion) throw damaged();
  const entries: [tag: number, permissions: number, id: number][] = [];
  for (let at = 4; at < stored.length; ) {
    if (at + 4 > stored.length) throw damaged();
    const tag = view.getUint16(at, true);
    const named = namedTags.has(tag);
    if ((!named && !plainTags.has(tag)) || (named && at + 8 > stored.length)) throw damaged();
    entries.push([tag, view.getUint16(at + 2, true), named ? view.getUint32(at + 4, true) : undefinedId]);
    at += named ? 8 : 4;
  }
  const user = new Uint8Array(4 + entries.length * 8);
  const out = new DataView(user.buffer);
  out.setUint32(0, userVersion, true);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    out.setUint16(4 + index * 8, tag, true);
    out.setUint16(6 + index * 8, permissions, true);
    out.setUint32(8 + index * 8, id, true);
  }
  return user;
}

function damaged(): Ext2fsError {
  return new Ext2fsError('EINVAL', 'a POSIX ACL is damaged');
}
