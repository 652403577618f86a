/** What a package says of its licence. */
export interface License {
  /** An SPDX licence expression (SPDX 2.3, annex D). */
  readonly expression: string;
  /** What its `LicenseRef-…` stand for, sorted. */
  readonly others: readonly OtherLicense[];
}

/** A licence that SPDX's list lacks. */
export interface OtherLicense {
  /** `LicenseRef-…` */
  readonly id: string;
  /** As the package has it. */
  readonly name: string;
}

/** Who maintains a package. */
export interface Maintainer {
  readonly name: string;
  readonly email?: string;
}

/** What a package was built from. */
export interface PackageSource {
  readonly name: string;
  readonly version?: string;
  /** Of the distribution's own repository of recipes. */
  readonly commit?: string;
}

/** One package of a root. It is plain JSON. */
export interface Component {
  readonly type: 'apk' | 'deb' | 'nix';
  readonly name: string;
  /** May be empty: Nix knows store paths without. */
  readonly version: string;
  /** As its distribution calls it: `x86_64`, `amd64`, `all`. */
  readonly architecture?: string;
  readonly license?: License;
  /** Where in the root a file tells the licence, as Debian's packages have it. */
  readonly copyrightFile?: string;
  readonly maintainer?: Maintainer;
  readonly homepage?: string;
  readonly source?: PackageSource;
  /** The store path, of Nix. */
  readonly path?: string;
  /** Of the package as it was fetched, a `.deb` or the NAR of a store path, in hex. */
  readonly sha256?: string;
  /** The origin of the entries that it has put into the root. */
  readonly origin: string;
}
