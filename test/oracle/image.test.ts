import { createHash } from 'node:crypto';
import * as nodeFs from 'node:fs';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { memfs } from 'memfs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BakeResult, bake } from '../../src/bake/bake.ts';
import { readHostFile } from '../../src/sources/file.ts';
import { fileEntry, metadata } from '../../src/tree/entry.ts';
import type { WritableVolume } from '../../src/tree/volume.ts';
import { cookedRoot, installedBakeOptions, MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { describeFolder, describeTree, differences } from '../support/describe-tree.ts';
import { testHost } from '../support/host.ts';
import { withMounted } from '../support/mount.ts';
import { judge, oracle } from '../support/oracle.ts';
import { richTree } from '../support/rich-tree.ts';
import { folderOf, ordinaryUser } from '../support/users.ts';

const MEBIBYTE = 1 << 20;
const BUSYBOX = '/bin/busybox';

oracle({
  tools: [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'e2fsck', 'debugfs', 'mount', 'getfattr', 'sfdisk'],
  files: [MBR_CODE, BUSYBOX],
  root: true,
})('a baked image', () => {
  const folder = folderOf(ordinaryUser());
  const image = join(folder, 'rich.img');
  const tree = richTree();
  const program = readHostFile(nodeFs, BUSYBOX);
  tree.set('/bin/busybox', fileEntry(program, metadata({ mode: 0o755, origin: 'busybox-static' })));
  let result: BakeResult;

  beforeAll(async () => {
    const { host } = testHost();
    result = await bake(installedBakeOptions(96 * MEBIBYTE), cookedRoot(tree), { path: image }, host);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is found clean by native e2fsck', () => {
    const partition = `${image}?offset=${2048 * 512}`;
    expect(judge('e2fsck', ['-f', '-n', partition])).toContain('Pass 5');
  });

  it('equals the tree in every path, as the kernel mounts it', async () => {
    const expected = describeTree(tree);
    const actual = await withMounted(image, describeFolder);
    const added = [...actual.keys()].filter((path) => !expected.has(path));
    const names = ['initrd', 'ldlinux.c32', 'ldlinux.sys', 'syslinux.cfg', 'vmlinuz'];
    expect(added.sort()).toEqual(names.map((name) => `/boot/${name}`));
    for (const path of added) actual.delete(path);
    expect(differences(actual, expected)).toEqual([]);
  });

  it('has kernel, initrd and boot loader without holes, and ldlinux.sys immutable', () => {
    const debugfs = (command: string): string =>
      judge('debugfs', ['-R', command, `${image}?offset=${2048 * 512}`]);
    for (const name of ['vmlinuz', 'initrd', 'ldlinux.sys', 'ldlinux.c32']) {
      const stat = debugfs(`stat /boot/${name}`);
      const size = Number(/Size: (\d+)/.exec(stat)![1]);
      const extents = [...stat.matchAll(/\((\d+)(?:-(\d+))?\):\d+/g)];
      const blocks = extents.reduce((sum, [, from, to]) => sum + Number(to ?? from) - Number(from) + 1, 0);
      expect(blocks, name).toBe(Math.ceil(size / 4096));
    }
    expect(debugfs('stat /boot/ldlinux.sys')).toMatch(/Mode:\s+0444\s+Flags: 0x80010/);
  });

  it('has the partition table that sfdisk understands, and its sums right', () => {
    const { partitiontable: table } = JSON.parse(judge('sfdisk', ['--json', image]));
    expect(table).toMatchObject({ label: 'dos', id: '0x99999999' });
    expect(table.partitions).toEqual([
      expect.objectContaining({
        start: 2048,
        size: (96 * MEBIBYTE) / 512 - 2048,
        type: '83',
        bootable: true,
      }),
    ]);
    expect(result.sha256).toBe(judge('sha256sum', [image]).slice(0, 64));
    expect(result.allocated).toBeLessThan(60 * MEBIBYTE);
    expect(readFileSync(image).subarray(0, 440)).toEqual(readFileSync(MBR_CODE).subarray(0, 440));
  });

  it('comes out the same in memory, on a memfs volume', async () => {
    const { fs: volume } = memfs({ '/out': null });
    const target = { path: '/out/rich.img', volume: volume as unknown as WritableVolume };
    const inMemory = await bake(
      installedBakeOptions(96 * MEBIBYTE),
      cookedRoot(tree),
      target,
      testHost().host,
    );
    expect(inMemory.sha256).toBe(result.sha256);
    const bytes = volume.readFileSync('/out/rich.img') as Buffer;
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(result.sha256);
    expect(volume.readdirSync('/out')).toEqual(['rich.img']);
  });
});
