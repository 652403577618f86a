/** The name of a package and its version, empty when there is none. */
export interface PackageName {
  readonly name: string;
  readonly version: string;
}

/**
 * Splits `gawk-5.2.1` into name and version: at the first hyphen that no letter follows (parseDrvName of
 * nix, src/libstore/names.cc).
 */
export function parsePackageName(text: string): PackageName {
  const at = text.search(/-(?![A-Za-z]|$)/);
  return at < 0 ? { name: text, version: '' } : { name: text.slice(0, at), version: text.slice(at + 1) };
}
