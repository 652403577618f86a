import type { BootloaderOptions, BusyboxOptions, KernelOptions } from '../bake/options.ts';
import type { MachineSetup } from '../cook/machine/options.ts';
import type { BaseOptions, CookOptions } from '../cook/options.ts';
import type { FileSystemChoices } from '../ext4/format-options.ts';

/** A size in bytes, or as text in powers of 1024: `128M`, `1G`, `1.5G`, `512K`. */
export type Size = number | string;

/**
 * A recipe as people write it, in a file or in code. Relative paths are taken from the recipe's folder (in
 * code: from the current directory).
 */
export interface CakeRecipe {
  /** For editors; without effect. */
  readonly $schema?: string;
  /** Names the image file: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly cook: CookRecipe;
  /** What makes a machine of the root: its name, users, services, network. */
  readonly machine?: MachineSetup;
  /** Left out in a recipe that only cooks. */
  readonly bake?: BakeRecipe;
}

/** The `cook` part: how the root file system is made. */
export interface CookRecipe extends Omit<CookOptions, 'base' | 'keepScratch'> {
  /** A tar or folder by its path alone, or in full. */
  readonly base: string | BaseOptions;
}

/** The `bake` part: the disk image made of the root file system. */
export interface BakeRecipe {
  /** Size of the whole image, a multiple of 512 bytes; `auto`: the smallest that does. */
  readonly size: Size | 'auto';
  /** For `size: auto`, what stays free: a size, or a percentage of what is used. Default 10%. */
  readonly headroom?: Size;
  readonly uuid?: string;
  readonly label?: string;
  readonly filesystem?: FileSystemRecipe;
  /** Default true: e2fsck looks through the file system. */
  readonly check?: boolean;
  readonly kernel: KernelOptions;
  readonly bootloader?: BootloaderOptions;
  readonly busybox?: BusyboxOptions;
  readonly modules?: readonly string[];
  readonly options?: readonly string[];
  readonly debug?: boolean;
}

/** How the root file system is made; the rest is mke2fs's own choice from the size. */
export interface FileSystemRecipe extends Omit<FileSystemChoices, 'journal' | 'bytesPerInode'> {
  /** Whole MiB; `false`: none. */
  readonly journal?: Size | false;
  readonly bytesPerInode?: Size;
}

/**
 * Gives the recipe back as it is: for completion and type checks in `cake.ts` and `cake.mjs`.
 *
 * @example
 * // cake.mjs
 * import { defineCake } from 'rootless-bake';
 *
 * export default defineCake({
 *   name: 'tiny',
 *   cook: { base: { empty: true }, contents: [{ deb: 'busybox-static' }] },
 *   bake: { size: '64M', kernel: { deb: 'linux-image-cloud-amd64' }, modules: ['virtio_pci', 'virtio_blk'] },
 * });
 */
export function defineCake(cake: CakeRecipe): CakeRecipe {
  return cake;
}
