/** The judges themselves: each tells of any one thing that is not as expected. */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EPOCH, type FileSystemChoice, writeImage } from '../support/ext4-image.ts';
import { JUDGE_NEEDS, JUDGES, judgeImage } from '../support/ext4-judges.ts';
import { oracle } from '../support/oracle.ts';
import { type EntryRecipe, treeOf } from '../support/tree-recipe.ts';

const choice: FileSystemChoice = { type: 'ext4', blockSize: 1024 };
const fileSystem = { blockSize: choice.blockSize, epoch: EPOCH };

const file = { type: 'file', size: 5000, seed: 1, mode: 0o644, mtime: '5' } as const;
const sparse = { ...file, size: 9000, data: [[1024, 2048]] } as const;
const acl = '0200000001000600ffffffff04000400ffffffff20000400ffffffff';
const original: Readonly<Record<string, EntryRecipe>> = {
  file,
  sparse,
  'a linked': file,
  'a link': { type: 'link', to: 2 },
  attributes: {
    ...file,
    xattrs: [
      ['user.a', '01'],
      ['system.posix_acl_access', acl],
    ],
  },
  symlink: { type: 'symlink', target: 'target' },
  device: { type: 'char', major: 300, minor: 70_000 },
  directory: { type: 'directory', mode: 0o755, children: [['child', file]] },
};

/** Each differs from what was written in one thing. */
const CHANGES: readonly [what: string, changed: Readonly<Record<string, EntryRecipe | undefined>>][] = [
  ['the mode', { file: { ...file, mode: 0o4644 } }],
  ['the uid', { file: { ...file, uid: 65_536 } }],
  ['the gid', { directory: { ...original['directory']!, gid: 65_536 } }],
  ['the mtime by a nanosecond', { file: { ...file, mtime: '6' } }],
  ['the mtime by 2^32 seconds', { file: { ...file, mtime: String(5n + 2n ** 32n * 1_000_000_000n) } }],
  ['an xattr more', { file: { ...file, xattrs: [['trusted.a', '']] } }],
  ['an xattr less', { attributes: { ...file, xattrs: [['user.a', '01']] } }],
  [
    'the value of an xattr',
    {
      attributes: {
        ...file,
        xattrs: [
          ['user.a', '02'],
          ['system.posix_acl_access', acl],
        ],
      },
    },
  ],
  [
    'a permission of an ACL',
    {
      attributes: {
        ...file,
        xattrs: [
          ['user.a', '01'],
          ['system.posix_acl_access', acl.replace('0600', '0700')],
        ],
      },
    },
  ],
  ['the content', { file: { ...file, seed: 2 } }],
  ['the size', { file: { ...file, size: 5001 } }],
  ['a hole', { sparse: { ...sparse, data: [[1024, 3072]] } }],
  [
    'zeros for a hole',
    {
      sparse: {
        ...sparse,
        data: [
          [0, 1],
          [1024, 2048],
        ],
      },
    },
  ],
  ['the target', { symlink: { type: 'symlink', target: 'Target' } }],
  ['the minor', { device: { type: 'char', major: 300, minor: 70_001 } }],
  ['the type', { device: { type: 'block', major: 300, minor: 70_000 } }],
  ['a name less', { device: undefined }],
  [
    'a name more',
    {
      directory: {
        type: 'directory',
        mode: 0o755,
        children: [
          ['child', file],
          ['another', file],
        ],
      },
    },
  ],
  ['two files for two names of one', { 'a link': file }],
  ['another file behind a name', { 'a link': { type: 'link', to: 0 } }],
];

const treeWith = (changed: Readonly<Record<string, EntryRecipe | undefined>>) => {
  const entries = Object.entries({ ...original, ...changed });
  const children = entries.flatMap(([name, entry]) => (entry ? [[name, entry] as const] : []));
  return treeOf({ type: 'directory', children });
};

oracle(JUDGE_NEEDS)('the judges of file systems', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rootless-bake-judges-'));
  const image = join(folder, 'image');
  beforeAll(() => writeImage(image, treeWith({}), choice));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('have nothing to say of what is as expected', async () => {
    const verdicts = await judgeImage(image, treeWith({}), fileSystem);
    expect(verdicts).toEqual(Object.fromEntries(JUDGES.map((judge) => [judge, []])));
  });

  it.each(CHANGES)('see %s', async (_, changed) => {
    const { debugfs, kernel, reader } = await judgeImage(image, treeWith(changed), fileSystem);
    expect(debugfs).not.toEqual([]);
    expect(kernel).toEqual(debugfs);
    expect(reader).toEqual(debugfs);
  });

  it('see damage', async () => {
    const damaged = join(folder, 'damaged');
    await writeImage(damaged, treeWith({}), choice);
    const fd = openSync(damaged, 'r+');
    // Counts of free blocks and inodes in the superblock (ext2_fs.h).
    writeSync(fd, Buffer.alloc(8, 1), 0, 8, 1024 + 12);
    closeSync(fd);
    const { e2fsck } = await judgeImage(damaged, treeWith({}), fileSystem);
    expect(e2fsck.join('')).toMatch(/checksum|wrong/i);
  });
});
