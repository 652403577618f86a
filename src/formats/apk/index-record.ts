import type { PackageInfo } from './package-info.ts';

/** What an index says of a package beyond the package's own `.PKGINFO`. */
export interface IndexedPackage {
  readonly info: PackageInfo;
  /** `Q1` and the base64 SHA-1 of its control member. */
  readonly identity: string;
  /** Of the .apk, in bytes. */
  readonly size: number;
  /** Repositories list packages for all architectures (`noarch`) under their own. */
  readonly architecture: string;
}

/** Fields of an index that are taken over as they are, in the order of an index, with their keys in `.PKGINFO`. */
const TEXTS = [
  ['I', 'size'],
  ['T', 'pkgdesc'],
  ['U', 'url'],
  ['L', 'license'],
  ['o', 'origin'],
  ['m', 'maintainer'],
  ['t', 'builddate'],
  ['c', 'commit'],
  ['k', 'provider_priority'],
  ['D', 'depend'],
  ['p', 'provides'],
  ['i', 'install_if'],
] as const;

/** Fields that apk leaves out when they are 0. */
const NUMBERS: ReadonlySet<string> = new Set(['t', 'k']);

/** The lines of a package in an index, without the empty one behind them, as `apk index` writes them (apk-tools 2, src/package.c). */
export function indexRecord({ info, identity, size, architecture }: IndexedPackage): string {
  const lines = [
    `C:${identity}`,
    `P:${info.name}`,
    `V:${info.version}`,
    ...(architecture === '' ? [] : [`A:${architecture}`]),
    `S:${size}`,
  ];
  for (const [letter, key] of TEXTS) {
    const value = info.fields.get(key)?.trim() ?? '';
    if (value !== '' && !(NUMBERS.has(letter) && Number(value) === 0)) lines.push(`${letter}:${value}`);
  }
  return `${lines.join('\n')}\n`;
}
