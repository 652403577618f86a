import fc from 'fast-check';
import { arbitraryAcl } from './arbitrary-acl.ts';
import type { MetadataRecipe } from './tree-recipe.ts';

type Xattr = readonly [name: string, hex: string];

/** Which attributes the kernel lets an inode have: `user.*` and ACLs are for files and directories only. */
export type XattrKind = 'file' | 'directory' | 'other';

const SECOND = 1_000_000_000n;
/** What 34 bits of seconds, from -2^31 on, can say. */
const EARLIEST = -(2n ** 31n) * SECOND;
const LATEST = (2n ** 34n - 2n ** 31n) * SECOND - 1n;

/** Owner, mode, time and attributes in all of their ranges; what is not there is root's, 0644 and 1970. */
export function arbitraryMetadata(blockSize: number, kind: XattrKind): fc.Arbitrary<MetadataRecipe> {
  return fc.record(
    { mode: fc.nat(0o7777), uid: owner(), gid: owner(), mtime: time(), xattrs: xattrs(blockSize, kind) },
    { requiredKeys: [] },
  );
}

/** 2^32 - 1 is no owner: it stands for "leave it" in chown(2). */
function owner(): fc.Arbitrary<number> {
  return fc.oneof(
    fc.nat(70_000),
    fc.integer({ min: 0, max: 2 ** 32 - 2 }),
    fc.constantFrom(0, 65_535, 65_536, 2 ** 31, 2 ** 32 - 2),
  );
}

function time(): fc.Arbitrary<string> {
  const edges = [0n, 2n ** 31n, 2n ** 32n, 2n ** 33n, 2n ** 33n + 2n ** 31n, 2n ** 32n + 2n ** 31n].map(
    (seconds) => seconds * SECOND,
  );
  const near = fc
    .tuple(fc.constantFrom(...edges), fc.constantFrom(-1n, 0n, 1n))
    .map(([edge, more]) => edge + more);
  const any = fc.bigInt({ min: EARLIEST, max: LATEST });
  return fc.oneof(any, near, fc.constantFrom(EARLIEST, EARLIEST + 1n, LATEST)).map(String);
}

function xattrs(blockSize: number, kind: XattrKind): fc.Arbitrary<Xattr[]> {
  const list = fc.uniqueArray(fc.oneof(...kinds(kind)), { maxLength: 6, selector: ([name]) => name });
  return fc
    .oneof({ weight: 2, arbitrary: fc.constant<Xattr[]>([]) }, { weight: 3, arbitrary: list })
    .map((all) => fitting(all, blockSize));
}

function kinds(kind: XattrKind): fc.Arbitrary<Xattr>[] {
  const value = hexBytes(
    fc.oneof(
      fc.uint8Array({ maxLength: 24 }),
      fc.uint8Array({ maxLength: 400, size: 'max' }),
      fc.constant(new Uint8Array(0)),
    ),
  );
  const named = (prefix: string): fc.Arbitrary<Xattr> =>
    fc.tuple(
      suffix().map((own) => prefix + own),
      value,
    );
  const anywhere = [
    named('trusted.'),
    named('security.'),
    fc.tuple(fc.constant('security.selinux'), hexBytes(label())),
  ];
  if (kind === 'other') return anywhere;
  const acl = (which: string): fc.Arbitrary<Xattr> =>
    fc.tuple(fc.constant(`system.posix_acl_${which}`), arbitraryAcl());
  const both = [...anywhere, named('user.'), acl('access')];
  return kind === 'directory'
    ? [...both, acl('default')]
    : [...both, fc.tuple(fc.constant('security.capability'), hexBytes(capability()))];
}

/** What debugfs's own command line can name. */
function suffix(): fc.Arbitrary<string> {
  const letters = [...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789._-+@:,'];
  return fc.oneof(
    { weight: 5, arbitrary: fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 20 }) },
    { weight: 1, arbitrary: fc.constantFrom(...letters).map((letter) => letter.repeat(200)) },
  );
}

function label(): fc.Arbitrary<Uint8Array> {
  return fc
    .constantFrom('system_u:object_r:bin_t:s0', 'u:object_r:rootfs:s0\0')
    .map((text) => new TextEncoder().encode(text));
}

/** struct vfs_cap_data of linux/capability.h, revision 2: permitted and inheritable, of 64 bits in halves. */
function capability(): fc.Arbitrary<Uint8Array> {
  const word = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  return fc.tuple(fc.boolean(), fc.array(word, { minLength: 4, maxLength: 4 })).map(([effective, words]) => {
    const bytes = Buffer.alloc(20);
    bytes.writeUInt32LE(0x0200_0000 + (effective ? 1 : 0), 0);
    for (const [index, bits] of words.entries()) bytes.writeUInt32LE(bits, 4 + 4 * index);
    return bytes;
  });
}

function hexBytes(bytes: fc.Arbitrary<Uint8Array>): fc.Arbitrary<string> {
  return bytes.map((value) => Buffer.from(value).toString('hex'));
}

/** As many of them as one block holds beside its header (ext4_xattr_header, ext4_xattr_entry: padded to 4 bytes). */
function fitting(all: readonly Xattr[], blockSize: number): Xattr[] {
  const pad = (length: number): number => Math.ceil(length / 4) * 4;
  let space = blockSize - 32 - 4;
  return all.filter(([name, value]) => {
    const needed = 16 + pad(name.length) + pad(value.length / 2);
    if (needed > space) return false;
    space -= needed;
    return true;
  });
}
