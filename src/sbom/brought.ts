/** What contents have brought into a root and no database of it knows: cheap enough to be collected on every cook. */
import type { ControlFields } from '../formats/deb/control.ts';
import { parsePackageName } from '../formats/nix/package-name.ts';
import { storePath } from '../formats/nix/store-path.ts';
import { joinPath, normalizePath } from '../tree/path.ts';
import type { Component, PackageSource } from './component.ts';
import { parseMaintainer } from './maintainer.ts';

export interface BroughtDeb {
  readonly control: ControlFields;
  /** Of the `.deb`, in hex. */
  readonly sha256?: string | undefined;
  /** Where in the root its files were put; `/` unless told. */
  readonly to?: string | undefined;
}

/** A Debian package whose files were put into a root without dpkg. */
export function debComponent({ control, sha256, to = '/' }: BroughtDeb): Component {
  const said = (field: string): string | undefined =>
    (control.get(field) ?? '').split('\n')[0]!.trim() || undefined;
  const [name = '', version = ''] = [said('Package'), said('Version')];
  const [architecture, homepage] = [said('Architecture'), said('Homepage')];
  const maintainer = parseMaintainer(said('Maintainer'));
  return {
    type: 'deb',
    name,
    version,
    ...(architecture !== undefined && { architecture }),
    copyrightFile: joinPath(normalizePath(to), `usr/share/doc/${name}/copyright`),
    ...(maintainer && { maintainer }),
    ...(homepage !== undefined && { homepage }),
    source: debianSource(said('Source') ?? name, version),
    ...(sha256 !== undefined && { sha256 }),
    origin: `package ${name}-${version}`,
  };
}

export interface BroughtStorePath {
  /** `/nix/store/HASH-NAME` */
  readonly path: string;
  /** sha256 of its NAR, in hex. */
  readonly narHash: string;
}

/** A store path of Nix. */
export function nixComponent({ path, narHash }: BroughtStorePath): Component {
  const full = storePath(path)?.name ?? path;
  return { type: 'nix', ...parsePackageName(full), path, sha256: narHash, origin: `nix ${full}` };
}

/** `Source: gcc-12 (12.2.0-14)`: the version stands there when it is another than the package's. */
function debianSource(said: string, version: string): PackageSource {
  const [, name = said, other = version] = /^(\S+)(?:\s+\(([^)]+)\))?/.exec(said) ?? [];
  return { name, version: other };
}
