import {
  LDLINUX_C32_INODE,
  LDLINUX_SYS_INODE,
  ldlinuxSysFileSize,
  syslinuxConfig,
} from '../formats/syslinux/index.ts';
import { bytesContent, type Content, textContent } from '../tree/content.ts';
import { type FileEntry, fileEntry, metadata } from '../tree/entry.ts';
import type { Tree } from '../tree/tree.ts';
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

/**
 * Adds to the tree, in place, what a disk needs to boot by itself.
 *
 * @returns the entry of ldlinux.sys, whose content can be written only when its place on the disk is known:
 * until then it is zeros of the right length
 */
export function addBootFiles(
  tree: Tree,
  { kernel, initrd, bootloader, options, epoch }: BootFiles,
): FileEntry {
  const put = (name: string, content: Content, mode: number): FileEntry => {
    const meta = metadata({ mode, mtime: BigInt(epoch) * 1_000_000_000n, origin: 'bake' });
    const entry = fileEntry(content, meta);
    tree.set(`${BOOT_FOLDER}/${name}`, entry, { ...meta, mode: 0o755 });
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
  return put('ldlinux.sys', bytesContent(placeholder), LDLINUX_SYS_INODE.mode);
}
