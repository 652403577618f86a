import { RootlessBakeError } from '../../errors.ts';
import type { Descriptor } from './descriptor.ts';
import { unsupported } from './errors.ts';
import { asString, type JsonObject } from './json.ts';

/** What an image runs on, in Go's words: image-spec, image-index.md. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

export const DEFAULT_PLATFORM: Platform = { os: 'linux', architecture: 'amd64' };

/** What the kernel calls them, in Go's words. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', i686: '386' };

/**
 * Reads `os/architecture[/variant]`.
 *
 * @throws RB_ARGUMENT
 */
export function parsePlatform(text: string): Platform {
  const [, os, architecture, variant] = /^([a-z0-9]+)\/(\w+)(?:\/(\w+))?$/.exec(text) ?? [];
  if (os === undefined || architecture === undefined) {
    throw new RootlessBakeError('RB_ARGUMENT', `${JSON.stringify(text)} is no platform`, {
      hint: 'write it as linux/amd64 or linux/arm/v7',
    });
  }
  return {
    os,
    architecture: ARCHITECTURES[architecture] ?? architecture,
    ...(variant !== undefined && { variant }),
  };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');
}

/** The fields of an index's descriptor, or of an image's config. */
export function parsePlatformFields(fields: JsonObject, what: string): Platform {
  const variant = asString(fields['variant'], `${what}: variant`);
  return {
    os: asString(fields['os'], `${what}: os`),
    architecture: asString(fields['architecture'], `${what}: architecture`),
    ...(variant !== '' && { variant }),
  };
}

/** True when what `has` runs on what is wanted; a variant that nobody asks for does not matter. */
export function isPlatform(has: Platform, wanted: Platform): boolean {
  if (has.os !== wanted.os || has.architecture !== wanted.architecture) return false;
  return wanted.variant === undefined || has.variant === undefined || has.variant === wanted.variant;
}

/**
 * The image of an index for a platform: the first that fits, one of exactly that variant before others. One
 * that says nothing of platforms is taken when it is alone.
 *
 * @throws RB_OCI_UNSUPPORTED when there is none
 */
export function choosePlatform(manifests: readonly Descriptor[], wanted: Platform, what: string): Descriptor {
  const fitting = manifests.filter(({ platform }) => platform && isPlatform(platform, wanted));
  const exact = fitting.find(({ platform }) => platform?.variant === wanted.variant);
  const chosen = exact ?? fitting[0] ?? (manifests.length === 1 && !manifests[0]!.platform && manifests[0]);
  if (chosen) return chosen;
  const known = manifests.flatMap(({ platform }) =>
    platform && platform.os !== 'unknown' ? [formatPlatform(platform)] : [],
  );
  throw unsupported(
    what,
    `it has no image for ${formatPlatform(wanted)}`,
    known.length > 0 ? `it has: ${[...new Set(known)].slice(0, 20).join(', ')}` : undefined,
  );
}
