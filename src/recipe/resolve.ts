import { resolve } from 'node:path';
import type { ApkSource, BakeOptions, BootloaderOptions, KernelOptions } from '../bake/options.ts';
import { alpineRepositories } from '../cook/apk-native/alpine-repositories.ts';
import type { MachineSetup } from '../cook/machine/options.ts';
import type { BaseOptions, ContentOptions, NixContent } from '../cook/options.ts';
import { isChannelName } from '../sources/nix/channel-name.ts';
import { formatImageLocation, parseImageLocation } from '../sources/oci/location.ts';
import { isFolder } from '../store/folder.ts';
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
  const { base, contents, repositories, apkKeys, directory, machine: inCook, ...cook } = cake.cook;
  // In code it may be a part of `cook`, where a checked recipe has it.
  const machine = cake.machine ?? inCook;
  const at = (path: KeyPath, value: string) => resolve(folderOf(path), value);
  const source = (path: KeyPath, value: string) => (isUrl(value) ? value : at(path, value));
  const resolved: Cake['cook'] = {
    ...cook,
    directory: resolve(folder, directory ?? '.'),
    base: resolveBase(base, source),
    ...(contents && { contents: contents.map((item, index) => resolveContent(item, index, at)) }),
    ...(repositories && {
      repositories: repositories.map((item, index) =>
        resolveRepository(item, ['cook', 'repositories', index], source),
      ),
    }),
    ...(apkKeys && { apkKeys: apkKeys.map((item, index) => at(['cook', 'apkKeys', index], item)) }),
    ...(machine && { machine: resolveMachine(machine, at) }),
  };
  const bake = cake.bake && resolveBake(cake.bake, resolved, at, source);
  return { name: cake.name, cook: resolved, ...(bake && { bake }) };
}

type Resolver = (path: KeyPath, value: string) => string;

function resolveBase(base: string | BaseOptions, source: Resolver): BaseOptions {
  if (typeof base === 'string') {
    const path = source(['cook', 'base'], base);
    return isFolder(path) ? { dir: path } : { tar: path };
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
function resolveRepository(item: string, path: KeyPath, source: Resolver): string {
  const tag = /^@\S+\s+/.exec(item)?.[0] ?? '';
  return tag + source(path, item.slice(tag.length));
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

function resolveMachine(machine: MachineSetup, at: Resolver): MachineSetup {
  const { files } = machine;
  if (!files) return machine;
  const path = ['machine', 'files'];
  return {
    ...machine,
    files: files.map((file, index) =>
      'source' in file ? { ...file, source: at([...path, index, 'source'], file.source) } : file,
    ),
  };
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

/** @param cook what packages of Alpine come from unless they say it themselves, resolved already */
function resolveBake(bake: BakeOptions, cook: Cake['cook'], at: Resolver, source: Resolver): BakeOptions {
  const { kernel, bootloader, busybox } = bake;
  return {
    ...bake,
    kernel: resolveKernel(kernel, cook, at, source),
    ...(busybox && {
      busybox:
        'deb' in busybox
          ? { deb: resolveDeb(['bake', 'busybox', 'deb'], busybox.deb, at) }
          : { path: at(['bake', 'busybox', 'path'], busybox.path) },
    }),
    ...(bootloader && { bootloader: resolveBootloader(bootloader, cook, at, source) }),
  };
}

function resolveKernel(
  kernel: KernelOptions,
  cook: Cake['cook'],
  at: Resolver,
  source: Resolver,
): KernelOptions {
  const path = ['bake', 'kernel'];
  if ('deb' in kernel) return { deb: resolveDeb([...path, 'deb'], kernel.deb, at) };
  if ('apk' in kernel) return resolveApk(kernel, path, cook, at, source);
  return {
    vmlinuz: at([...path, 'vmlinuz'], kernel.vmlinuz),
    ...(kernel.modules !== undefined && { modules: at([...path, 'modules'], kernel.modules) }),
  };
}

function resolveBootloader(
  bootloader: BootloaderOptions,
  cook: Cake['cook'],
  at: Resolver,
  source: Resolver,
): BootloaderOptions {
  const path = ['bake', 'bootloader'];
  if ('deb' in bootloader) return { deb: resolveDeb([...path, 'deb'], bootloader.deb, at) };
  if ('apk' in bootloader) return resolveApk(bootloader, path, cook, at, source);
  return {
    extlinux: at([...path, 'extlinux'], bootloader.extlinux),
    mbr: at([...path, 'mbr'], bootloader.mbr),
  };
}

function resolveApk(
  { apk, repositories: own, apkKeys: ownKeys }: ApkSource,
  path: KeyPath,
  { base, repositories, apkKeys }: Cake['cook'],
  at: Resolver,
  source: Resolver,
): ApkSource {
  const known = repositories ?? ('alpine' in base ? alpineRepositories(base) : []);
  return {
    apk,
    repositories:
      own?.map((item, index) => resolveRepository(item, [...path, 'repositories', index], source)) ?? known,
    apkKeys: ownKeys?.map((item, index) => at([...path, 'apkKeys', index], item)) ?? apkKeys ?? [],
  };
}

function resolveDeb(path: KeyPath, value: string, at: Resolver): string {
  return isDebPath(value) ? at(path, value) : value;
}
