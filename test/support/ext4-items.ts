import { decodeName } from '../../src/tree/name.ts';
import { Tree } from '../../src/tree/tree.ts';
import { encodeAcl, GROUP, GROUP_OBJ, MASK, OTHER, USER, USER_OBJ } from './posix-acl.ts';
import { type EntryRecipe, entryOf, type MetadataRecipe } from './tree-recipe.ts';

/** Something that a Linux root can hold, as the names of one directory. */
export interface Item {
  readonly name: string;
  /** Names in the spelling of src/tree/name.ts. */
  children(blockSize: number): Children;
}

type Children = readonly (readonly [name: string, entry: EntryRecipe])[];

const SECOND = 1_000_000_000n;

const file = (size: number, meta: MetadataRecipe = {}): EntryRecipe => ({
  type: 'file',
  size,
  seed: size,
  ...meta,
});
const sparse = (size: number, ...data: [position: number, length: number][]): EntryRecipe => {
  return { type: 'file', size, seed: 1, data };
};
const symlink = (target: string): EntryRecipe => ({ type: 'symlink', target });
const directory = (children: Children, meta: MetadataRecipe = {}): EntryRecipe => {
  return { type: 'directory', children, mode: 0o755, ...meta };
};
const device = (type: 'char' | 'block', major: number, minor: number): [string, EntryRecipe] => {
  return [`${type} ${major} ${minor}`, { type, major, minor, mode: 0o660 }];
};
const text = (value: string): string => Buffer.from(value).toString('hex');
const filled = (length: number): string => Buffer.alloc(length, 'value ').toString('hex');
const withXattrs = (...xattrs: [name: string, hex: string][]): EntryRecipe => file(10, { xattrs });
/** Some of everything that may carry an attribute of the kernel's own. */
const everywhere = (...xattrs: [name: string, hex: string][]): Children => [
  ['file', file(1, { xattrs })],
  ['directory', directory([], { xattrs })],
  ['short link', { ...symlink('short'), xattrs }],
  ['long link', { ...symlink('long'.repeat(30)), xattrs }],
  ['device', { ...device('char', 1, 3)[1], xattrs }],
  ['fifo', { type: 'fifo', xattrs }],
  ['socket', { type: 'socket', xattrs }],
];

const ACL = encodeAcl([
  [USER_OBJ, 6],
  [USER, 4, 1000],
  [USER, 7, 4_294_967_294],
  [GROUP_OBJ, 4],
  [GROUP, 5, 70_000],
  [MASK, 7],
  [OTHER, 0],
]);
const SMALL_ACL = encodeAcl([
  [USER_OBJ, 7],
  [GROUP_OBJ, 5],
  [OTHER, 1],
]);

/** In the order of the issue's own list; each fits beside the others in one small image. */
export const ITEMS: readonly Item[] = [
  {
    name: 'regular files, sizes around blocks',
    children: (block) =>
      [0, 1, block - 1, block, block + 1, 12 * block, 13 * block + 1, 300 * block + 5].map((size) => [
        `${size}`,
        file(size),
      ]),
  },
  {
    name: 'files with holes: start, middle, end, all',
    children: (block) => [
      ['start', sparse(10 * block, [5 * block, 5 * block])],
      ['middle', sparse(10 * block, [0, block], [7 * block, 3 * block])],
      ['end', sparse(100 * block + 7, [0, 3 * block])],
      ['all', sparse(100 * block + 1)],
      ['less than a block', sparse(block / 2)],
      [
        'not at blocks',
        sparse(50 * block + 9, [block + 1, 1], [3 * block - 1, 2], [40 * block + 5, 7 * block]),
      ],
      ['behind 2 GiB', sparse(2 ** 31 + 3 * block, [2 ** 31 - 1, 2], [2 ** 31 + 2 * block, 9])],
    ],
  },
  {
    name: 'symbolic links in the inode, 1 to 59 bytes',
    children: () => Array.from({ length: 59 }, (_, at) => [`${at + 1}`, symlink('f'.repeat(at + 1))]),
  },
  {
    name: 'symbolic links in a block, up to 4,095 bytes',
    children: (block) =>
      [60, 61, 100, 255, 256, 1000, 1022, 1023, 2047, 4094, 4095]
        .filter((length) => length < block)
        .map((length) => [
          `${length}`,
          symlink(
            '../slow\xe9'
              .repeat(600)
              .slice(0, length - 1)
              .replace(/\xe9/g, 'e')
              .concat('/'),
          ),
        ]),
  },
  {
    name: 'symbolic links whose targets are not UTF-8',
    children: () => [
      ['short', symlink(decodeName(Buffer.from('ff80fe2f41', 'hex')))],
      ['long', symlink(decodeName(Buffer.from('ff80fe2f41'.repeat(50), 'hex')))],
    ],
  },
  {
    name: 'hard links, of every type',
    children: () => [
      ['0 file', file(9000, { mode: 0o600 })],
      ['0 symlink', symlink('anywhere')],
      device('block', 8, 1),
      ['fifo', { type: 'fifo' }],
      [
        'in another directory',
        directory([0, 1, 2, 3, 0, 0].map((to, at) => [`link ${at}`, { type: 'link', to }])),
      ],
      ...Array.from({ length: 300 }, (_, at): [string, EntryRecipe] => [
        `link ${at}`,
        { type: 'link', to: 0 },
      ]),
    ],
  },
  {
    name: 'devices, majors to 4,095, minors to 2^20 - 1',
    children: () =>
      (['char', 'block'] as const).flatMap((type) =>
        [0, 1, 255, 256, 4095].flatMap((major) =>
          [0, 255, 256, 70_000, 2 ** 20 - 1].map((minor) => device(type, major, minor)),
        ),
      ),
  },
  { name: 'FIFOs', children: () => [['fifo', { type: 'fifo', mode: 0o640, uid: 7 }]] },
  { name: 'sockets', children: () => [['socket', { type: 'socket', mode: 0o755, gid: 7 }]] },
  {
    name: 'uid and gid above 65,535, to 2^32 - 2',
    children: () =>
      [65_534, 65_535, 65_536, 2 ** 31, 2 ** 32 - 2].flatMap((id): [string, EntryRecipe][] => [
        [`${id} user`, file(1, { uid: id })],
        [`${id} group`, directory([], { gid: id })],
        [`${id} both`, { ...symlink('x'), uid: id, gid: id }],
      ]),
  },
  {
    name: 'setuid, setgid, sticky, every bit of the mode',
    children: () =>
      [...Array.from({ length: 12 }, (_, bit) => 1 << bit), 0, 0o7777, 0o4755, 0o2711, 0o6755].flatMap(
        (mode): [string, EntryRecipe][] => [
          [`${mode} file`, file(1, { mode })],
          [`${mode} directory`, directory([], { mode })],
          [`${mode} fifo`, { type: 'fifo', mode }],
        ],
      ),
  },
  {
    name: 'mtimes of nanoseconds, before 1970, up to 2446',
    children: () =>
      [
        -(2n ** 31n),
        -1_500_000_001n,
        -1n,
        0n,
        2n ** 31n - 1n,
        2n ** 31n,
        2n ** 32n,
        2n ** 33n,
        2n ** 34n - 2n ** 31n - 1n,
      ].flatMap((seconds): [string, EntryRecipe][] =>
        [0n, 1n, 123_456_789n, SECOND - 1n].map((rest) => {
          const mtime = String(seconds * SECOND + rest);
          return [mtime, rest === 1n ? directory([], { mtime }) : file(1, { mtime })];
        }),
      ),
  },
  {
    name: 'xattrs user.*',
    children: () => [
      ['file', withXattrs(['user.a', text('1')], ['user.binary', '00ff0a227c'], ['user.empty', ''])],
      ['directory', directory([], { xattrs: [['user.mime_type', text('inode/directory')]] })],
      ['name of 250 bytes', withXattrs([`user.${'n'.repeat(250)}`, text('v')])],
    ],
  },
  {
    name: 'xattr security.capability',
    children: () => [
      ['ping', withXattrs(['security.capability', '0100000200200000000000000000000000000000'])],
      ['all', withXattrs(['security.capability', '01000002ffffffffffffffffff010000ff010000'])],
    ],
  },
  {
    name: 'xattr security.selinux',
    children: () => everywhere(['security.selinux', text('system_u:object_r:bin_t:s0\0')]),
  },
  {
    name: 'xattrs trusted.*',
    children: () => everywhere(['trusted.overlay.opaque', text('y')], ['trusted.empty', '']),
  },
  {
    name: 'POSIX ACLs, access',
    children: () => [
      ['file', file(3, { mode: 0o674, xattrs: [['system.posix_acl_access', ACL]] })],
      ['directory', directory([], { mode: 0o770, xattrs: [['system.posix_acl_access', ACL]] })],
      ['small', file(3, { xattrs: [['system.posix_acl_access', SMALL_ACL]] })],
    ],
  },
  {
    name: 'POSIX ACLs, default',
    children: () => [
      ['default', directory([], { xattrs: [['system.posix_acl_default', ACL]] })],
      [
        'both',
        directory([['in it', file(1)]], {
          xattrs: [
            ['system.posix_acl_default', SMALL_ACL],
            ['system.posix_acl_access', ACL],
          ],
        }),
      ],
    ],
  },
  {
    name: 'xattrs in the inode',
    children: () => [
      ['one', withXattrs(['user.x', text('small')])],
      ['full', withXattrs(['user.x', filled(60)])],
      ['three', withXattrs(['user.x', text('1')], ['trusted.y', text('2')], ['security.z', text('3')])],
    ],
  },
  {
    name: 'xattrs in a block, and in both',
    children: (block) => [
      ['block', withXattrs(['user.large', filled(block - 100)])],
      ['both', withXattrs(['user.a', text('in the inode')], ['user.large', filled(block - 200)])],
      [
        'many',
        withXattrs(
          ...Array.from({ length: 20 }, (_, at): [string, string] => [`user.number-${at}`, filled(at)]),
        ),
      ],
      ['equal', withXattrs(['user.large', filled(block - 100)])],
    ],
  },
  {
    name: 'names of 255 bytes',
    children: () => [
      ['n'.repeat(255), file(1)],
      [`${'é'.repeat(127)}e`, directory([['d'.repeat(255), file(2)]])],
      ['s'.repeat(254), symlink('target')],
      ...Array.from({ length: 200 }, (_, at): [string, EntryRecipe] => [`${at}`.padEnd(255, '-'), file(0)]),
    ],
  },
  {
    name: 'names that are not UTF-8, and odd ones',
    children: () =>
      [
        '66fc72',
        'ff',
        '80',
        'c3',
        'eda080',
        'f09f8e',
        '0a',
        '01',
        '7f',
        '5c',
        '22',
        '2a',
        '20',
        '2d2d',
        '2e2e2e',
        'c3a9',
        'f09f8e82',
      ].map((bytes) => [
        decodeName(Buffer.from(bytes, 'hex')),
        directory([[decodeName(Buffer.from(`78${bytes}`, 'hex')), file(1)]]),
      ]),
  },
  {
    name: 'lost+found in the input',
    children: () => [
      ['lost+found', directory([['#12', file(5)]], { mode: 0o711, uid: 1, gid: 2, mtime: '5' })],
    ],
  },
  { name: 'a tree of 200 levels', children: () => [['level 0', levels(1, 200)]] },
  {
    name: 'a file of 1,500 pieces between holes',
    children: (block) => [
      [
        'pieces',
        sparse(
          4500 * block,
          ...Array.from({ length: 1500 }, (_, at): [number, number] => [at * 3 * block, block]),
        ),
      ],
    ],
  },
];

/** The directory of an item in {@link itemsTree}. */
export function itemPath(item: Item): string {
  return item.name === 'lost+found in the input' ? '/lost+found' : `/${ITEMS.indexOf(item)}`;
}

/** All items, each in a directory of its own. */
export function itemsTree(blockSize: number): Tree {
  const tree = new Tree();
  for (const item of ITEMS) {
    const path = itemPath(item);
    const children = item.children(blockSize);
    if (path === '/lost+found') tree.set(path, entryOf(children[0]![1])!);
    else tree.set(path, entryOf(directory(children))!);
  }
  return tree;
}

function levels(level: number, count: number): EntryRecipe {
  if (level === count) return directory([['bottom', file(6)]]);
  return directory([
    [`level ${level}`, levels(level + 1, count)],
    [`beside ${level}`, symlink('..')],
  ]);
}
