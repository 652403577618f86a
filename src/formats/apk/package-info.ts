/** What `.PKGINFO` says of a package beyond its index entry (apk-package(5)). */
export interface PackageInfo {
  readonly name: string;
  readonly version: string;
  /** Dependencies on packages whose files this one may take over, as they are written. */
  readonly replaces: string;
  readonly replacesPriority: number;
  /** Patterns of folders, as they are written, between spaces. */
  readonly triggers: string;
  /** sha256 of the stored data member, in hex. */
  readonly datahash: string | undefined;
  readonly architecture: string;
  /** What it takes in a root, in bytes, as it says itself. */
  readonly installedSize: number;
  /** When it was built, in seconds since 1970; 0 when it does not say. */
  readonly built: number;
  /** The record of an index, but for `C:` and `S:`, made from the fields. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Reads the lines `key = value`. Keys may come again: their values are joined by spaces. */
export function parsePackageInfo(text: string): PackageInfo {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const at = line.startsWith('#') ? -1 : line.indexOf(' = ');
    if (at < 0) continue;
    const key = line.slice(0, at);
    const before = fields.get(key);
    const value = line.slice(at + 3);
    fields.set(key, before === undefined ? value : `${before} ${value}`);
  }
  return {
    name: fields.get('pkgname') ?? '',
    version: fields.get('pkgver') ?? '',
    replaces: fields.get('replaces') ?? '',
    replacesPriority: Number(fields.get('replaces_priority') ?? 0) || 0,
    triggers: fields.get('triggers') ?? '',
    datahash: fields.get('datahash'),
    architecture: fields.get('arch') ?? '',
    installedSize: Number(fields.get('size') ?? 0) || 0,
    built: Number(fields.get('builddate') ?? 0) || 0,
    fields,
  };
}
