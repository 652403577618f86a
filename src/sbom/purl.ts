import type { Component } from './component.ts';
import type { Distribution } from './distribution.ts';

/**
 * The package URL of a component (github.com/package-url/purl-spec). Packages of apk and dpkg have the
 * distribution of their root for a namespace; those of Nix are `generic`, for no type is registered for them.
 */
export function packageUrl(component: Component, distribution: Distribution | undefined): string {
  const { type, name, version, architecture } = component;
  const at = version === '' ? '' : `@${encode(version)}`;
  if (type === 'nix') return `pkg:generic/${encode(name)}${at}`;
  const isNative = distribution !== undefined && packageType(distribution) === type;
  const namespace = isNative ? distribution.id : type === 'deb' ? vendorOf(version) : 'alpine';
  const qualifiers = [
    ...(architecture === undefined ? [] : [`arch=${encode(architecture)}`]),
    ...(isNative && distribution.version !== ''
      ? [`distro=${encode(`${distribution.id}-${distribution.version}`)}`]
      : []),
  ];
  const query = qualifiers.length === 0 ? '' : `?${qualifiers.join('&')}`;
  return `pkg:${type}/${encode(namespace)}/${encode(name.toLowerCase())}${at}${query}`;
}

/** What a distribution's own packages are. */
function packageType({ id }: Distribution): Component['type'] | undefined {
  if (['debian', 'ubuntu', 'devuan', 'kali', 'linuxmint', 'raspbian'].includes(id)) return 'deb';
  return ['alpine', 'chimera', 'postmarketos', 'wolfi', 'chainguard'].includes(id) ? 'apk' : undefined;
}

/** Of a package in the root of another distribution. */
function vendorOf(version: string): string {
  return version.includes('ubuntu') ? 'ubuntu' : 'debian';
}

function encode(text: string): string {
  const escaped = encodeURIComponent(text).replace(/[!'()*]/g, hex);
  return escaped.replaceAll('%3A', ':');
}

function hex(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
