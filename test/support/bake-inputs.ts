import type { BakeOptions } from '../../src/bake/options.ts';
import type { CookedRoot } from '../../src/cook/options.ts';
import type { Tree } from '../../src/tree/tree.ts';
import { debianKernel } from './debian-kernel.ts';
import { findTool } from './oracle.ts';

/** Files of Debian's extlinux package. */
export const MBR_CODE = '/usr/lib/EXTLINUX/mbr.bin';

/** What a bake needs besides a root, from the packages that are installed here. */
export function installedBakeOptions(size: number): BakeOptions {
  const kernel = debianKernel();
  return {
    size,
    kernel: { vmlinuz: `${kernel.root}/boot/vmlinuz-${kernel.release}`, modules: kernel.modules },
    bootloader: { extlinux: findTool('extlinux')!, mbr: MBR_CODE },
    modules: ['virtio_pci', 'virtio_blk', 'ext4'],
    options: ['console=ttyS0'],
  };
}

/** A tree as cooking would give it. */
export function cookedRoot(tree: Tree, epoch = 1_700_000_000): CookedRoot {
  return { tree, epoch, sha256: '', packages: [], dispose: async () => {} };
}
