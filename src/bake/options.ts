import type { FileSystemChoices } from '../ext4/format-options.ts';
import type { Headroom } from '../ext4/space.ts';
import type { ApkSource } from '../sources/alpine/index.ts';
import type { WritableVolume } from '../tree/volume.ts';

export type { ApkSource } from '../sources/alpine/index.ts';

/** Where the kernel comes from. */
export type KernelOptions =
  /** A Debian package by name, through the machine's apt (metapackages lead to theirs), or a `.deb` file. */
  | { readonly deb: string }
  /** A package of Alpine, such as `linux-virt`. */
  | ApkSource
  /** A kernel image, and the folder that holds its modules (`lib/modules/VERSION`), when it needs any. */
  | { readonly vmlinuz: string; readonly modules?: string };

/** Where the boot loader's installer comes from, whose bytes are used without ever running it. */
export type BootloaderOptions =
  | { readonly deb: string }
  /** A package of Alpine: `syslinux`. */
  | ApkSource
  /** The `extlinux` program and the `mbr.bin` of the same syslinux. */
  | { readonly extlinux: string; readonly mbr: string };

/** Where the initrd's only program comes from. It must be static. */
export type BusyboxOptions =
  | { readonly deb: string }
  /** The program itself. */
  | { readonly path: string };

/** The `bake` part of a recipe, with all paths absolute. */
export interface BakeOptions {
  /** Size of the whole image in bytes, a multiple of 512; `auto`: the smallest that does. */
  readonly size: number | 'auto';
  /** For `size: auto`: what stays free. Default: `10%`. */
  readonly headroom?: Headroom;
  /** UUID of the root file system; the MBR's disk id is its first four bytes. */
  readonly uuid?: string;
  /** Label of the root file system, at most 16 bytes. */
  readonly label?: string;
  /** How the root file system is made. */
  readonly filesystem?: FileSystemChoices;
  /** Default true: e2fsck looks through the root file system when it is written. */
  readonly check?: boolean;
  readonly kernel: KernelOptions;
  readonly bootloader?: BootloaderOptions;
  /** Default: the root's own busybox when it can run alone, else that of Debian's busybox-static. */
  readonly busybox?: BusyboxOptions;
  /** Kernel modules that the initrd inserts, by name; dependencies come by themselves. */
  readonly modules?: readonly string[];
  /** Words of the kernel's command line. */
  readonly options?: readonly string[];
  /** Opens a shell in the initrd before the root is mounted. */
  readonly debug?: boolean;
}

/** Where a bake puts its image. */
export interface BakeTarget {
  /** Path of the image. */
  readonly path: string;
  /** Overwrites an image that has this name already. */
  readonly force?: boolean;
  /** The file system that the path is in: `node:fs` unless told, or a memfs volume. */
  readonly volume?: WritableVolume;
}

export const DEFAULT_UUID = '99999999-9999-9999-9999-999999999999';
export const DEFAULT_HEADROOM: Headroom = '10%';
export const DEFAULT_BOOTLOADER: BootloaderOptions = { deb: 'extlinux' };
/** Debian's package whose busybox serves where a root has none that can run alone. */
export const DEFAULT_BUSYBOX = 'busybox-static';
