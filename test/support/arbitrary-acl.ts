import fc from 'fast-check';
import { type AclEntry, encodeAcl, GROUP, GROUP_OBJ, MASK, OTHER, USER, USER_OBJ } from './posix-acl.ts';

/** An access control list as getxattr(2) gives it, in hex. */
export function arbitraryAcl(): fc.Arbitrary<string> {
  const permissions = fc.nat(7);
  const id = fc.oneof(fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 32 - 2 }));
  const named = fc.uniqueArray(fc.tuple(id, permissions), { maxLength: 5, selector: ([own]) => own });
  const plain = fc.tuple(permissions, permissions, permissions, permissions);
  return fc.tuple(named, named, plain).map(([users, groups, [owner, group, other, mask]]) => {
    const entries = (tag: number, list: readonly [number, number][]): AclEntry[] =>
      [...list].sort(([a], [b]) => a - b).map(([own, bits]) => [tag, bits, own]);
    return encodeAcl([
      [USER_OBJ, owner],
      ...entries(USER, users),
      [GROUP_OBJ, group],
      ...entries(GROUP, groups),
      ...(users.length + groups.length > 0 ? [[MASK, mask] as const] : []),
      [OTHER, other],
    ]);
  });
}
