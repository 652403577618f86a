/** Who reads a configuration: SYSLINUX and EXTLINUX, GRUB 2, or what knows the Boot Loader Specification. */
export type BootLoader = 'syslinux' | 'grub' | 'bls';

/** A file that a boot entry names. */
export interface BootFile {
  /** On its file system; as written when that is not known. */
  readonly path: string;
  /** That has the file system, when it is another than that of the configuration. */
  readonly partition?: number;
  /** It is not there, or its file system is not known, or not read here. */
  readonly missing?: true;
}

/** What a command line names as the root file system. */
export interface BootRoot {
  /** `UUID=…`, `LABEL=…`, `PARTUUID=…`, `/dev/vda1`. */
  readonly name: string;
  /** Whether the image has it; `unknown` where a name, or what is not read of the image, does not let that be told. */
  readonly state: 'found' | 'not found' | 'unknown';
  /** That has it, of a disk. */
  readonly partition?: number;
}

/** One of the choices of a boot menu. */
export interface BootEntry {
  /** Label of SYSLINUX, else the title; those of menus around it in front, with ` > ` between. */
  readonly title: string;
  /** Of GRUB's entries and of those of the specification. */
  readonly id?: string;
  /** Of entries of the specification. */
  readonly version?: string;
  readonly machineId?: string;
  /** Absent for what boots no Linux. */
  readonly kernel?: BootFile;
  /** In the order in which they are joined. */
  readonly initrds: readonly BootFile[];
  /** The kernel's command line, without `BOOT_IMAGE=` and `initrd=` that loaders add; empty without any. */
  readonly options: string;
  readonly root?: BootRoot;
  /** What is started instead of Linux, such as `chainloader +1`. */
  readonly other?: string;
  /** What could not be resolved, and why. */
  readonly problems?: readonly string[];
}

/** The configuration of a boot loader. */
export interface BootConfig {
  readonly loader: BootLoader;
  /** Of the file, or of the folder with the entries. */
  readonly path: string;
  /** In the order of the menu. */
  readonly entries: readonly BootEntry[];
  /** Index of the entry that is booted when nobody chooses; absent when that is not known. */
  readonly default?: number;
  /** What could not be resolved, and why. */
  readonly problems?: readonly string[];
  /** Configurations that are there as well, of a loader that does not seem to be the image's. */
  readonly others?: readonly string[];
}

/** The entry that is booted when nobody chooses. */
export function defaultEntry(boot: BootConfig | undefined): BootEntry | undefined {
  return boot?.default === undefined ? undefined : boot.entries[boot.default];
}
