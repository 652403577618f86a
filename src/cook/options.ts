import type { ImageConfig } from '../formats/oci/index.ts';
import type { Component } from '../sbom/component.ts';
import type { NixSystem } from '../sources/nix/index.ts';
import type { Tree } from '../tree/tree.ts';
import type { ReadableVolume } from '../tree/volume.ts';
import type { MachineSetup } from './machine/options.ts';

export type { ImageConfig } from '../formats/oci/index.ts';

/** `uid:gid` in numbers, or `keep` for the owners that the input itself has. */
export type Owner = `${number}:${number}` | 'keep';

/** The root file system to start from. */
export type BaseOptions =
  /** A tar (gz, xz, zstd or none) at a path or an http(s) URL; a URL needs its sha256. */
  | TarBase
  /** A folder of this machine; owners are 0:0 unless told, times are kept. */
  | { readonly dir: string; readonly owner?: Owner }
  /** A folder of any `fs`-shaped volume, such as memfs. */
  | { readonly volume: ReadableVolume; readonly path?: string; readonly owner?: Owner }
  /** A tree that the caller has made. It is changed in place. */
  | { readonly tree: Tree }
  | { readonly empty: true }
  | OciBase
  | AlpineBase;

/** A tar archive: a path, or a URL with its digest. */
export interface TarBase {
  readonly tar: string;
  readonly sha256?: string;
  /** The most bytes that it may have, decompressed. Default 64 GiB. */
  readonly limit?: number;
}

/** An image of OCI or Docker. */
export interface OciBase {
  /**
   * A reference as Docker writes it, `docker.io/library/debian:12@sha256:…`; or the path of an OCI layout, of an
   * OCI archive or of an archive of `docker save`, with `:name` and `@sha256:…` where they are needed.
   */
  readonly oci: string;
  /** `os/architecture[/variant]`; default linux/amd64. */
  readonly platform?: string;
  /** The most bytes that its layers may have together, decompressed. Default 64 GiB. */
  readonly limit?: number;
}

/** Alpine's own base system, `alpine-base`, from its repositories: there need be no root file system before. */
export interface AlpineBase {
  /** A release such as `3.19`, or `edge`. */
  readonly alpine: string;
  /** Such as `x86_64`, the default. */
  readonly arch?: string;
  /** Where Alpine's repositories are. Default: Alpine's own servers. */
  readonly mirror?: string;
}

/** One thing to put into the root after the script, over what is there. */
export type ContentOptions = ContentSource & ConflictOptions;

/** What is put into the root: a folder, a file, packages, a link or a directory. */
export type ContentSource =
  | {
      readonly dir: string;
      readonly to?: string;
      readonly owner?: Owner;
      /**
       * `plain`, the default: 0755 for directories and executable files, 0644 for the rest, as git keeps
       * modes. `keep`: those on the disk.
       */
      readonly modes?: 'plain' | 'keep';
    }
  | { readonly file: string; readonly to: string; readonly owner?: Owner; readonly mode?: string }
  | DebContent
  | DebianContent
  | NixContent
  /** A directory of the root, made with its parents where missing; 0:0 and 0755 unless told. */
  | { readonly mkdir: string; readonly owner?: Owner; readonly mode?: string }
  /** A symbolic link at `to` with this target, stored as it is written. */
  | { readonly symlink: string; readonly to: string };

/**
 * What becomes of a path that is in the root already with another content or type than a content brings. Unless it is
 * settled here, the cook fails and names it.
 */
export interface ConflictOptions {
  /** The content's own takes its place: everywhere, or at these paths and below them. */
  readonly replace?: boolean | readonly string[];
  /** What is there stays. Where both options have a path, the longer counts. */
  readonly skip?: boolean | readonly string[];
}

/** The files of Debian packages, without what their maintainer scripts would do. */
interface DebianFiles {
  /**
   * Only these paths, and what is below them, with or without a slash in front; `*` and `?` stand for characters of a
   * name, `**` for any number of names.
   */
  readonly only?: readonly string[];
  /** Default: `/`. */
  readonly to?: string;
}

/** A Debian package through this machine's apt, or from a file. */
export interface DebContent extends DebianFiles {
  /** A name for apt, or a path that ends in `.deb`. */
  readonly deb: string;
  /** With all that it depends on; only for a name. Default: false. */
  readonly dependencies?: boolean;
}

/** Debian packages with all that they depend on, from a mirror, verified by the signature of its release. */
export interface DebianContent extends DebianFiles {
  /** Names, each perhaps with `=version`. */
  readonly debian: string | readonly string[];
  /** A codename or a suite, such as `bookworm` or `stable`. */
  readonly release: string;
  /** Default: http://ftp.debian.org/debian, or snapshot.debian.org for a snapshot. */
  readonly mirror?: string;
  /** The archive as it was at a time, such as `20240101T000000Z`. */
  readonly snapshot?: string;
  /** Default: main. */
  readonly components?: readonly string[];
  /** Default: amd64. */
  readonly arch?: string;
  /** Files of the keys that may sign the release. Default: Debian's own on this machine. */
  readonly keyring?: string | readonly string[];
  /** Default: true. */
  readonly dependencies?: boolean;
}

/** Store paths of Nix with all that they refer to, below /nix/store. */
export interface NixContent {
  /**
   * `/nix/store/HASH-NAME`; with a channel also names: `gawk`, `gawk-5.2.1`, `gawk.man`. Several in one item share
   * what they refer to.
   */
  readonly nix: string | readonly string[];
  /** One of NixOS's, `nixos-24.05`, or a list of store paths by its http(s) URL or path: what names stand for. */
  readonly channel?: string;
  /** Which of a channel's builds are meant. Default: x86_64-linux. */
  readonly system?: NixSystem;
  /** A binary cache: http, https or file URL, or the path of its folder. Default: https://cache.nixos.org. */
  readonly cache?: string;
  /** Public keys, `NAME:BASE64`, one of which must have signed each path. Default: that of cache.nixos.org. */
  readonly keys?: readonly string[];
}

/** A metadata rule for one path, applied after everything else. */
export interface OwnerRule {
  readonly path: string;
  readonly owner?: Owner;
  /** Octal digits, up to four. */
  readonly mode?: string;
  /** Also for everything below the path; the mode is then only for the path itself. */
  readonly recursive?: boolean;
}

/** The `cook` part of a recipe, with all paths absolute. */
export interface CookOptions {
  readonly base: BaseOptions;
  /** apk repositories: URLs, or folders that hold `x86_64/`. Default: those of the base. */
  readonly repositories?: readonly string[];
  /** Packages for `apk add`. */
  readonly packages?: readonly string[];
  /**
   * `proot`, the default: the root's own apk installs them, under proot. `native`: they are installed in process,
   * and only their scripts run under proot; so it is done for a base of `alpine`, and where no proot runs, as long as
   * no script is due.
   */
  readonly apk?: 'proot' | 'native';
  /** Public keys of repositories, in files that are named as in /etc/apk/keys, beside those of the root. */
  readonly apkKeys?: readonly string[];
  /** Shell script on the host, before the packages; `ROOTFS` names the scratch root. */
  readonly prepare?: string;
  /** Shell script in the root, under proot. */
  readonly script?: string;
  readonly contents?: readonly ContentOptions[];
  /** Folders put at the front of PATH in /etc/profile. */
  readonly path?: readonly string[];
  /** What makes a machine of the root: after the contents, before owners and `cleanup`. */
  readonly machine?: MachineSetup;
  readonly owners?: readonly OwnerRule[];
  /** Shell script on the host, after everything; `ROOTFS` names the scratch root. */
  readonly cleanup?: string;
  /**
   * The digest that the cooked tree must have. `false`: a bake computes none, for a root that is meant to
   * change from one bake to the next.
   */
  readonly sha256?: string | false;
  /** Where `prepare` and `cleanup` run: the recipe's folder. Default: the private folder of the scratch root. */
  readonly directory?: string;
  /** Keeps the scratch root after {@link CookedRoot.dispose}, and after a failure. */
  readonly keepScratch?: boolean;
}

/** One installed package, for summaries. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/** An ELF file, brought by the contents or loaded by what they brought, that does not find all that it needs. */
export interface UnmetNeeds {
  readonly path: string;
  readonly origin: string;
  /** The path of its dynamic loader, when that is not in the root. */
  readonly interpreter?: string;
  readonly libraries: readonly MissingLibrary[];
}

/** A library that a program's own loader would not find in the root. */
export interface MissingLibrary {
  /** As the program names it: `libc.so.6`. */
  readonly name: string;
  /** In words for people: why one that is there does not serve. */
  readonly note?: string;
}

/** A cooked root file system. Its contents may lie in temporary files: dispose of it when done. */
export interface CookedRoot {
  readonly tree: Tree;
  /** sha256 of the tree's canonical tar, in hex. */
  readonly sha256: string;
  /** Seconds since 1970: the time of everything that cooking and baking make. */
  readonly epoch: number;
  readonly packages: readonly InstalledPackage[];
  /** What contents brought that no database of the root knows, for a bill of materials. */
  readonly brought?: readonly Component[];
  /** What programs and libraries of the contents do not find in the root: it is told, and no error. */
  readonly unmet?: readonly UnmetNeeds[];
  /** What the image that is the base says of itself. */
  readonly image?: ImageConfig;
  /** The root on disk, when `keepScratch` was asked for and a step needed one. */
  readonly scratch?: string;
  /** Removes the scratch root and the spool; the tree's contents cannot be read after that. */
  dispose(): Promise<void>;
}

/** A root that is cooked but for its digest, which is computed beside what comes next. */
export interface CookingRoot extends Omit<CookedRoot, 'sha256'> {
  /**
   * As {@link CookedRoot.sha256}. Rejects when the recipe asks for another, or a content cannot be read.
   * Absent when the recipe wants none.
   */
  readonly digest?: Promise<string>;
  /** True when guests have worked on it: to cook it again takes longer than to keep it. */
  readonly isCostly: boolean;
}
