/** What SYSLINUX reads and the kernel mounts, at the smallest size. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { startMachine } from '../../src/vm/machine.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'qemu-system-x86_64'] })('hello boots from', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['ext4, by default', '{}'],
    [
      'ext2 with small blocks and inodes',
      '{type: ext2, blockSize: 1024, inodeSize: 128, features: [^filetype]}',
    ],
    ['ext3 with a given journal', '{type: ext3, blockSize: 2048, journal: 8M, reserved: 0}'],
    [
      'ext4 with all that SYSLINUX need not know',
      '{features: [large_dir, ea_inode, metadata_csum_seed, orphan_file, sparse_super2, fast_commit, project, verity]}',
    ],
    [
      'ext4 with block maps and little else',
      '{features: [^extent, ^64bit, ^flex_bg, ^metadata_csum, ^dir_index, ^resize_inode, ^has_journal]}',
    ],
  ])('%s', async (_name, filesystem) => {
    const { root, release, modules } = debianKernel();
    const image = join(folder, 'choice.img');
    const settings = [
      `bake.kernel={vmlinuz: ${root}/boot/vmlinuz-${release}, modules: ${modules}}`,
      `bake.filesystem=${filesystem}`,
    ].flatMap((setting) => ['--set', setting]);
    const command = ['node', product.cli, 'bake', 'hello', '--size', 'auto', '--headroom', '1M', '--force'];
    const baked = runAs(user, [...command, '-o', image, ...settings], { cwd: folder });
    expect(baked.status, baked.stderr).toBe(0);
    const machine = await startMachine(image, { accelerator: 'tcg', memory: 256 << 20 }, testHost().host);
    try {
      await machine.console.expect('login:', 5 * MINUTE);
    } finally {
      await machine.stop();
    }
  });
});
