import {
  LDLINUX_C32_INODE,
  LDLINUX_SYS_INODE,
  ldlinuxSysFileSize,
  syslinuxConfig,
} from '../formats/syslinux/index.ts';
import { cloneDirectories } from '../tree/clone.ts';
import { bytesContent, type Content, textContent } from '../tree/content.ts';
import { type FileEntry, fileEntry, metadata } from '../tree/entry.ts';
import { Tree } from '../tree/tree.ts';
import type { Bootloader } from './bootloader.ts';

/** Where kernel, initrd and boot loader live in the image; the loader is told so when it is installed. */
export const BOOT_FOLDER = '/boot';

export interface BootFiles {
  readonly kernel: Content;
  readonly initrd: Uint8Array;
  readonly bootloader: Bootloader;
  /** Words of the kernel's command line. */
  readonly options: readonly string[];
  /** Seconds since 1970. */
  readonly epoch: number;
}

/** What a disk needs to boot by itself, as a tree to lay over the root. */
export interface BootTree {
  readonly tree: Tree;
  /**
   * The entry of ldlinux.sys, whose content can be written only when its place on the disk is known: until
   * then it is zeros of the right length.
   */
  readonly ldlinuxSys: FileEntry;
}

/** The names in {@link BOOT_FOLDER} that a bake takes. */
const NAMES = ['vmlinuz', 'initrd', 'syslinux.cfg', 'ldlinux.c32', 'ldlinux.sys'] as const;

export function bootTree({ kernel, initrd, bootloader, options, epoch }: BootFiles): BootTree {
  const meta = metadata({ mode: 0o755, mtime: BigInt(epoch) * 1_000_000_000n, origin: 'bake' });
  const tree = new Tree(meta);
  const put = (name: (typeof NAMES)[number], content: Content, mode: number): FileEntry => {
    const entry = fileEntry(content, { ...meta, mode });
    tree.set(`${BOOT_FOLDER}/${name}`, entry, meta);
    return entry;
  };
  const config = syslinuxConfig({
    kernel: `${BOOT_FOLDER}/vmlinuz`,
    initrd: `${BOOT_FOLDER}/initrd`,
    append: options,
  });
  put('vmlinuz', kernel, 0o644);
  put('initrd', bytesContent(initrd), 0o644);
  put('syslinux.cfg', textContent(config), 0o644);
  put('ldlinux.c32', bytesContent(bootloader.ldlinuxC32), LDLINUX_C32_INODE.mode);
  const placeholder = new Uint8Array(ldlinuxSysFileSize(bootloader.ldlinuxSys));
  return { tree, ldlinuxSys: put('ldlinux.sys', bytesContent(placeholder), LDLINUX_SYS_INODE.mode) };
}

/**
 * The root with room for the boot files: its own of the same names are left out, and the folder is there.
 *
 * @throws RB_TREE_CONFLICT when the folder's name is taken by something else
 */
export function withoutBootFiles(root: Tree, epoch: number): Tree {
  const tree = cloneDirectories(root);
  const mtime = BigInt(epoch) * 1_000_000_000n;
  tree.makeDirectory(BOOT_FOLDER, metadata({ mode: 0o755, mtime, origin: 'bake' }));
  for (const name of NAMES) tree.delete(`${BOOT_FOLDER}/${name}`);
  return tree;
}
