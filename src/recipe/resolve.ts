import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BakeOptions } from '../bake/options.ts';
import type { BaseOptions, ContentOptions, NixContent } from '../cook/options.ts';
import { isChannelName } from '../sources/nix/channel-name.ts';
import { formatImageLocation, parseImageLocation } from '../sources/oci/location.ts';
import type { Cake } from './cake.ts';
import type { KeyPath } from './document.ts';
import type { CheckedCake } from './schema.ts';
import { isDebPath, isUrl } from './values.ts';

/** The folder that a relative path at this place of the recipe starts from. */
export type FolderOf = (path: KeyPath) => string;

/**
 * Makes every host path of a checked recipe absolute. URLs, package names and guest paths stay.
 *
 * @param folder the recipe's own, where its host scripts run
 */
export function resolvePaths(cake: CheckedCake, folder: string, folderOf: FolderOf): Cake {
  const { base, contents, repositories, apkKeys, directory, ...cook } = cake.cook;
  const at = (path: KeyPath, value: string) => resolve(folderOf(path), value);
  const source = (path: KeyPath, value: string) => (isUrl(value) ? value : at(path, value));
  return {
    name: cake.name,
    cook: {
      ...cook,
      directory: resolve(folder, directory ?? '.'),
      base: resolveBase(base, source),
      ...(contents && { contents: contents.map((item, index) => resolveContent(item, index, at)) }),
      ...(repositories && {
        repositories: repositories.map((item, index) => resolveRepository(item, index, source)),
      }),
      ...(apkKeys && { apkKeys: apkKeys.map((item, index) => at(['cook', 'apkKeys', index], item)) }),
    },
    ...(cake.bake && { bake: resolveBake(cake.bake, at) }),
  };
}

type Resolver = (path: KeyPath, value: string) => string;

function resolveBase(base: string | BaseOptions, source: Resolver): BaseOptions {
  if (typeof base === 'string') {
    const path = source(['cook', 'base'], base);
    const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return isFolder ? { dir: path } : { tar: path };
  }
  if ('tar' in base) return { ...base, tar: source(['cook', 'base', 'tar'], base.tar) };
  if ('oci' in base) return { ...base, oci: resolveImage(base.oci, source) };
  if ('alpine' in base && base.mirror !== undefined) {
    return { ...base, mirror: source(['cook', 'base', 'mirror'], base.mirror) };
  }
  if ('dir' in base) return { ...base, dir: source(['cook', 'base', 'dir'], base.dir) };
  return base;
}

/** A path of a layout or an archive; a reference to a registry stays. */
function resolveImage(oci: string, source: Resolver): string {
  const location = parseImageLocation(oci);
  if (!location) return oci;
  return formatImageLocation({ ...location, path: source(['cook', 'base', 'oci'], location.path) });
}

/** `@tag` may stand in front of the URL or the folder. */
function resolveRepository(item: string, index: number, source: Resolver): string {
  const tag = /^@\S+\s+/.exec(item)?.[0] ?? '';
  return tag + source(['cook', 'repositories', index], item.slice(tag.length));
}

function resolveContent(item: ContentOptions, index: number, at: Resolver): ContentOptions {
  const path = ['cook', 'contents', index];
  if ('dir' in item) return { ...item, dir: at([...path, 'dir'], item.dir) };
  if ('file' in item) return { ...item, file: at([...path, 'file'], item.file) };
  if ('nix' in item) return resolveNix(item, path, at);
  if ('deb' in item) return { ...item, deb: resolveDeb([...path, 'deb'], item.deb, at) };
  if ('debian' in item && item.keyring !== undefined) {
    return { ...item, keyring: [item.keyring].flat().map((file) => at([...path, 'keyring'], file)) };
  }
  return item;
}

function resolveNix(item: NixContent, path: KeyPath, at: Resolver): NixContent {
  const { cache, channel } = item;
  const isPath = (value: string | undefined): value is string => value !== undefined && !isUrl(value);
  return {
    ...item,
    ...(isPath(cache) && { cache: at([...path, 'cache'], cache) }),
    ...(isPath(channel) && !isChannelName(channel) && { channel: at([...path, 'channel'], channel) }),
  };
}

function resolveBake(bake: BakeOptions, at: Resolver): BakeOptions {
  const { kernel, bootloader, busybox } = bake;
  const path = ['bake', 'kernel'];
  return {
    ...bake,
    kernel:
      'deb' in kernel
        ? { deb: resolveDeb([...path, 'deb'], kernel.deb, at) }
        : {
            vmlinuz: at([...path, 'vmlinuz'], kernel.vmlinuz),
            ...(kernel.modules !== undefined && { modules: at([...path, 'modules'], kernel.modules) }),
          },
    ...(busybox && {
      busybox:
        'deb' in busybox
          ? { deb: resolveDeb(['bake', 'busybox', 'deb'], busybox.deb, at) }
          : { path: at(['bake', 'busybox', 'path'], busybox.path) },
    }),
    ...(bootloader && {
      bootloader:
        'deb' in bootloader
          ? { deb: resolveDeb(['bake', 'bootloader', 'deb'], bootloader.deb, at) }
          : {
              extlinux: at(['bake', 'bootloader', 'extlinux'], bootloader.extlinux),
              mbr: at(['bake', 'bootloader', 'mbr'], bootloader.mbr),
            },
    }),
  };
}

function resolveDeb(path: KeyPath, value: string, at: Resolver): string {
  return isDebPath(value) ? at(path, value) : value;
}
