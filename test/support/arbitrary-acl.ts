import fc from 'fast-check';

/** Tags of linux/posix_acl.h. */
const USER_OBJ = 0x01;
const USER = 0x02;
const GROUP_OBJ = 0x04;
const GROUP = 0x08;
const MASK = 0x10;
const OTHER = 0x20;

/** An access control list as getxattr(2) gives it: posix_acl_xattr_header and its entries, version 2. */
export function arbitraryAcl(): fc.Arbitrary<Uint8Array> {
  const permissions = fc.nat(7);
  const id = fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 32 - 2 }));
  const named = fc.uniqueArray(fc.tuple(id, permissions), { maxLength: 5, selector: ([own]) => own });
  const plain = fc.array(permissions, { minLength: 4, maxLength: 4 });
  return fc.tuple(named, named, plain).map(([users, groups, [owner, group, other, mask]]) => {
    const sorted = (list: readonly [number, number][]): [number, number][] =>
      [...list].sort(([a], [b]) => a - b);
    return encode([
      [USER_OBJ, owner!, undefined],
      ...sorted(users).map(([own, bits]) => [USER, bits, own] as const),
      [GROUP_OBJ, group!, undefined],
      ...sorted(groups).map(([own, bits]) => [GROUP, bits, own] as const),
      ...(users.length + groups.length > 0 ? [[MASK, mask!, undefined] as const] : []),
      [OTHER, other!, undefined],
    ]);
  });
}

function encode(
  entries: readonly (readonly [tag: number, permissions: number, id: number | undefined])[],
): Uint8Array {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2, 0);
  for (const [index, [tag, permissions, id]] of entries.entries()) {
    bytes.writeUInt16LE(tag, 4 + 8 * index);
    bytes.writeUInt16LE(permissions, 6 + 8 * index);
    bytes.writeUInt32LE(id ?? 0xffff_ffff, 8 + 8 * index);
  }
  return bytes;
}
