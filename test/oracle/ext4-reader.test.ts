import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BlockDevice, fileDevice, openReader } from 'ext2fs-wasm';
import { afterAll, expect, it } from 'vitest';
import { readTree } from '../../src/ext4/read.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { whileMounted } from '../support/mount.ts';
import { judge, oracle } from '../support/oracle.ts';

/** Kinds of file systems that this project does not write, as mke2fs(8) makes them; `acl` where mounts take one. */
const FOREIGN: readonly (readonly [name: string, size: string, options: readonly string[]])[] = [
  ['ext2, inodes of 128 bytes', '24M', ['-t', 'ext2', '-b', '1024', '-I', '128']],
  ['ext3, blocks of 2 KiB', '32M', ['-t', 'ext3', '-b', '2048']],
  ['ext4, inline data', '32M', ['-t', 'ext4', '-b', '4096', '-O', 'inline_data']],
  [
    'ext4, inline data in inodes of 1 KiB',
    '32M',
    ['-t', 'ext4', '-b', '4096', '-I', '1024', '-O', 'inline_data'],
  ],
  ['ext4, bigalloc', '64M', ['-t', 'ext4', '-b', '4096', '-C', '65536', '-N', '4096', '-O', 'bigalloc']],
  ['ext4, large attributes in inodes', '32M', ['-t', 'ext4', '-b', '4096', '-O', 'ea_inode']],
  ['ext4, meta_bg without 64bit', '32M', ['-t', 'ext4', '-b', '1024', '-O', 'meta_bg,^resize_inode,^64bit']],
  ['ext4, checksum seed and large directories', '32M', ['-t', 'ext4', '-O', 'metadata_csum_seed,large_dir']],
];

/** Everything that a mounted file system takes from a shell, in its folder. */
const FILL = `
set -e
mkdir -p dir/sub many
printf '' > empty; printf x > one; printf '%0100d' 7 > hundred; head -c 300 /dev/urandom > three-hundred
head -c 70000 /dev/urandom > large
for i in $(seq 40); do printf %05d $i | dd of=sparse bs=1 seek=$((i * 9000)) conv=notrunc status=none; done
truncate -s 5M sparse
fallocate -l 200000 unwritten 2>/dev/null || head -c 200000 /dev/zero > unwritten
printf data | dd of=unwritten bs=1 seek=100000 conv=notrunc status=none
ln -s one short; ln -s $(printf 'a%.0s' $(seq 59)) link-59; ln -s $(printf 'b%.0s' $(seq 60)) link-60
ln -s $(printf 'c%.0s' $(seq 150)) link-150; ln -s $(printf 'd%.0s' $(seq 900)) link-900
mknod null c 1 3; mknod wide b 259 70000; mkfifo fifo
ln large dir/hard; chown 70000:80000 large; chmod 4755 one; chmod 1777 dir
for i in $(seq 1500); do : > many/a-name-that-takes-room-$i; done
for i in $(seq 1 3 1500); do rm many/a-name-that-takes-room-$i; done
setfattr -n user.small -v value one; setfattr -n user.binary -v 0x00ff00 dir
setfattr -n trusted.mark -v t large; setfattr -n security.note -v s large; setfattr -h -n trusted.link -v l link-900
setfattr -n user.long -v $(head -c 450 /dev/zero | tr '\\0' v) large
setfacl -m u:1000:r,g:2000:rw one; setfacl -d -m u:1000:rwx dir
touch -d '1969-12-31 23:59:58' hundred; touch -h -d '2033-05-18 03:33:20' short
`;

oracle({
  root: true,
  tools: ['mke2fs', 'mount', 'umount', 'getfattr', 'setfattr', 'setfacl', 'e2fsck', 'debugfs'],
})('reader, beside the kernel', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'rootless-bake-reader-'));
  const image = join(scratch, 'image');
  afterAll(() => rmSync(scratch, { recursive: true }));

  const mounted = <T>(options: string, look: (folder: string) => T): T =>
    whileMounted(image, [options], look);

  async function withDevice<T>(look: (device: BlockDevice) => Promise<T>): Promise<T> {
    const fd = openSync(image, 'r');
    try {
      return await look(fileDevice({ readSync, writeSync }, fd, { size: statSync(image).size }));
    } finally {
      closeSync(fd);
    }
  }

  it.each(FOREIGN)('reads what the kernel wrote: %s', async (name, size, options) => {
    rmSync(image, { force: true });
    judge('mke2fs', ['-q', '-F', ...options, image, size]);
    mounted('rw', (folder) => {
      judge('sh', ['-c', `cd "$1" && ${FILL}`, 'sh', folder]);
      // Larger than a block: only ea_inode takes it.
      if (name.includes('large attributes')) {
        judge('sh', [
          '-c',
          'cd "$1" && setfattr -n user.huge -v $(head -c 20000 /dev/zero | tr "\\0" h) empty',
          'sh',
          folder,
        ]);
      }
    });
    const wanted = mounted('ro', describeFolder);
    const tree = await withDevice(async (device) =>
      describeTree(await readTree(device, { origin: 'image' })),
    );
    expect(wanted.size).toBeGreaterThan(1000);
    expect(differences(tree, wanted)).toEqual([]);
  });

  it('reads a file system whose journal waits to be replayed, and says so', async () => {
    rmSync(image, { force: true });
    judge('mke2fs', ['-q', '-F', '-t', 'ext4', image, '32M']);
    const copy = `${image}-copy`;
    // A copy of the image while it is mounted is what a power cut leaves.
    mounted('rw', (folder) => {
      judge('sh', [
        '-c',
        'cd "$1" && mkdir made && sync && cp --sparse=always "$2" "$3"',
        'sh',
        folder,
        image,
        copy,
      ]);
    });
    judge('mv', [copy, image]);
    await withDevice(async (device) => {
      const reader = await openReader(device);
      expect(reader.superblock.needsRecovery).toBe(true);
      expect(reader.superblock.features).toContain('needs_recovery');
      expect([...reader.walk()].length).toBeGreaterThan(0);
    });
  });

  it('tells the superblock as blkid and dumpe2fs do', async () => {
    for (const [type, options] of [
      ['ext2', []],
      ['ext3', []],
      ['ext4', ['-O', '^has_journal']],
      ['ext4', ['-O', 'bigalloc']],
    ] as const) {
      rmSync(image, { force: true });
      judge('mke2fs', ['-q', '-F', '-t', type, ...options, '-L', 'größe', image, '64M']);
      const { superblock } = await withDevice(openReader);
      const blkid = judge('blkid', ['-p', '-o', 'export', image]);
      expect(blkid).toContain(`TYPE=${superblock.type}\n`);
      expect(blkid).toContain(`UUID=${superblock.uuid}\n`);
      expect(superblock.label).toBe('größe');
      const dump = judge('dumpe2fs', ['-h', image]);
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(dump)?.[1];
      expect(superblock.features).toEqual(field('Filesystem features')!.split(' '));
      expect(superblock.hashSeed).toBe(field('Directory Hash Seed'));
      expect(
        [
          superblock.blocks,
          superblock.freeBlocks,
          superblock.reservedBlocks,
          superblock.inodes,
          superblock.freeInodes,
          superblock.inodeSize,
        ].map(String),
      ).toEqual(
        [
          'Block count',
          'Free blocks',
          'Reserved block count',
          'Inode count',
          'Free inodes',
          'Inode size',
        ].map(field),
      );
    }
  });
});
