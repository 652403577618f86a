/** The small values of OCI images and Nix closures, as {@link ./values.ts} has them of the rest. */
import { RootlessBakeError } from '../errors.ts';
import { isStoreName, parsePublicKey, STORE, storePath } from '../formats/nix/index.ts';
import { parsePlatform } from '../formats/oci/platform.ts';
import { parseReference } from '../formats/oci/reference.ts';
import { debianLocation } from '../sources/debian/location.ts';
import { parseImageLocation } from '../sources/oci/location.ts';
import { invalid } from './invalid.ts';
import { parseSize } from './size.ts';
import { isUrl } from './values.ts';

/** A reference to an image of a registry, or the path of a layout or an archive. */
export function ociImage(value: string): string {
  return inRecipe(() => {
    if (!parseImageLocation(value)) parseReference(value);
    return value;
  });
}

/** `os/architecture[/variant]` */
export function platform(value: string): string {
  return inRecipe(() => {
    parsePlatform(value);
    return value;
  });
}

/** Bytes, at least one. */
export function sizeLimit(value: string | number): number {
  const bytes = parseSize(value);
  if (bytes > 0) return bytes;
  throw invalid(`limit ${JSON.stringify(value)} is nothing`, 'write a size such as 64G');
}

/** How store paths are written. */
export const NIX_PATH: string = `${STORE}/HASH-NAME`;

/** A path of the Nix store, in full or from its hash on, which is given in full; or a name of a package. */
export function nixWord(value: string): string {
  const path = storePath(value);
  if (path) return `${STORE}/${path.base}`;
  if (isNixName(value)) return value;
  const above = /^(\/nix\/store\/[^/]+)\/./.exec(value)?.[1];
  throw invalid(
    `${JSON.stringify(value)} is no store path`,
    above && storePath(above)
      ? `write ${above}: a store path comes as a whole`
      : `write ${NIX_PATH}, as nix path-info prints it`,
  );
}

/** Names of packages need a channel. */
export function isNixName(value: string): boolean {
  return !storePath(value) && isStoreName(value);
}

/** A channel by its name, or the URL or path of a list of store paths. */
export function nixChannel(value: string): string {
  if (value !== '' && (!isUrl(value) || /^https?:/i.test(value))) return value;
  throw invalid(
    `${JSON.stringify(value)} is no channel`,
    'write its name, such as nixos-24.05, or the http or https URL or the path of a list of store paths',
  );
}

/** A public key as nix.conf has it. */
export function nixKey(value: string): string {
  if (parsePublicKey(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is no public key of Nix`,
    'write NAME:BASE64, as in trusted-public-keys of nix.conf',
  );
}

/** A Nix binary cache: http, https or file URL, or the path of a folder. */
export function nixCache(value: string): string {
  if (value !== '' && (!isUrl(value) || /^(https?|file):/i.test(value))) return value;
  throw invalid(
    `${JSON.stringify(value)} is no binary cache that can be read`,
    'write an http, https or file URL, or the path of a folder',
  );
}

/** A Debian package of a mirror: `name` or `name=version`. */
export function debianPackage(value: string): string {
  if (/^[a-z0-9][a-z0-9+.-]+(=[\w.+:~-]+)?$/.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is no name of a Debian package`,
    'write one name for each item, such as gawk or "gawk=1:5.2.1-2"',
  );
}

/** A codename or a suite of Debian. */
export function debianRelease(value: string): string {
  if (/^[a-z0-9][\w.+-]*(\/[\w.+-]+)*$/i.test(value)) return value;
  throw invalid(
    `${JSON.stringify(value)} is no release of Debian`,
    'write a name such as bookworm or stable',
  );
}

/** A component or an architecture of Debian. */
export function debianWord(value: string): string {
  if (/^[a-z0-9][a-z0-9./-]*$/.test(value) && !value.includes('..')) return value;
  throw invalid(`${JSON.stringify(value)} is no component and no architecture`, 'write main, or amd64');
}

/** A mirror of Debian packages, by http or https. */
export function debianMirror(value: string): string {
  return inRecipe(() => {
    debianLocation(value, undefined);
    return value;
  });
}

/** `20240101T000000Z` */
export function debianSnapshot(value: string): string {
  return inRecipe(() => {
    debianLocation(undefined, value);
    return value;
  });
}

/** Runs a check of another part of the program, whose complaint becomes one about the recipe. */
function inRecipe<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof RootlessBakeError)) throw error;
    throw invalid(error.message, error.hint ?? 'see cake.schema.json');
  }
}
