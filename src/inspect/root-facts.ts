import { RootlessBakeError } from '../errors.ts';
import { kernelRelease } from '../formats/kernel-image.ts';
import { moduleNameOf } from '../formats/kernel-module/index.ts';
import { parseSyslinuxConfig, type SyslinuxEntry } from '../formats/syslinux/index.ts';
import { APK_INSTALLED, apkComponents } from '../sbom/apk-components.ts';
import { DPKG, debComponents } from '../sbom/deb-components.ts';
import { type Distribution, distributionOf } from '../sbom/distribution.ts';
import type { ContentSink } from '../tree/content.ts';
import { readContent, readHead } from '../tree/content.ts';
import type { FileEntry } from '../tree/entry.ts';
import { contentBytes, countNames, sortedNames, type Tree } from '../tree/tree.ts';
import { readInitramfs } from './initramfs.ts';

/** A configuration of SYSLINUX, and the entry of it that boots. */
export interface BootConfig extends Partial<SyslinuxEntry> {
  readonly path: string;
}

/** The kernel that is booted. */
export interface KernelFacts {
  readonly path: string;
  readonly size: number;
  /** Absent when it is no x86 kernel image. */
  readonly release?: string;
}

/** The initrd that the kernel unpacks. */
export interface InitrdFacts {
  readonly path: string;
  readonly size: number;
  readonly entries?: number;
  /** Names of the modules in it, sorted. */
  readonly modules?: readonly string[];
  /** Of the root file system, when its own /init looks for one by this UUID. */
  readonly rootUuid?: string;
  /** Why it cannot be read. */
  readonly problem?: string;
}

/** What a root file system says of itself. */
export interface RootFacts {
  /** Names, the root's included. */
  readonly entries: number;
  /** Of the files, each name by itself. */
  readonly bytes: number;
  /** os-release. */
  readonly os?: Distribution;
  /** Counts of installed packages, by the databases that are there. */
  readonly packages: { readonly apk?: number; readonly deb?: number };
  readonly boot?: BootConfig;
  readonly kernel?: KernelFacts;
  readonly initrd?: InitrdFacts;
}

/** Where SYSLINUX and EXTLINUX look for their configuration, and where distributions put it. */
const BOOT_CONFIGS = ['/boot', '/boot/syslinux', '/boot/extlinux', '/syslinux', '/extlinux', ''].flatMap(
  (folder) => [`${folder}/syslinux.cfg`, `${folder}/extlinux.conf`],
);

/** Text files beyond this are none that a system has. */
const TEXT_LIMIT = 256 << 20;
/** An initramfs beyond this, decompressed, is not read. */
const INITRD_LIMIT = 4 * 2 ** 30;
/** A script beyond this is none. */
const INIT_LIMIT = 1 << 20;
/** Holds the header of an x86 kernel and the version that it leads to with 16 bits. */
const KERNEL_HEAD = 0x1_0000 + 0x400;

/** Looks at what a root file system has: distribution, packages, boot configuration, kernel, initrd. */
export async function rootFacts(tree: Tree, sink: ContentSink): Promise<RootFacts> {
  const os = isReadable(tree, ['/etc/os-release', '/usr/lib/os-release']) ? distributionOf(tree) : undefined;
  const boot = bootConfig(tree);
  const kernel = kernelFacts(tree, boot);
  const initrd = await initrdFacts(tree, boot, sink);
  return {
    entries: countNames(tree),
    bytes: contentBytes(tree),
    ...(os && { os }),
    packages: packageCounts(tree),
    ...(boot && { boot }),
    ...(kernel && { kernel }),
    ...(initrd && { initrd }),
  };
}

function packageCounts(tree: Tree): RootFacts['packages'] {
  const parts = tree.resolve(`${DPKG}/status.d`)?.entry;
  const folder = parts?.type === 'directory' ? sortedNames(parts) : [];
  const dpkg = [`${DPKG}/status`, ...folder.map((name) => `${DPKG}/status.d/${name}`)];
  const hasDpkg = folder.length > 0 || fileAt(tree, `${DPKG}/status`) !== undefined;
  return {
    ...(fileAt(tree, APK_INSTALLED) &&
      isReadable(tree, [APK_INSTALLED]) && { apk: apkComponents(tree).length }),
    ...(hasDpkg && isReadable(tree, dpkg) && { deb: debComponents(tree).length }),
  };
}

function bootConfig(tree: Tree): BootConfig | undefined {
  const path = BOOT_CONFIGS.find((name) => fileAt(tree, name));
  if (path === undefined || !isReadable(tree, [path])) return undefined;
  const text = Buffer.from(readContent(fileAt(tree, path)!.content)).toString('utf8');
  const config = parseSyslinuxConfig(text);
  const entry = config.entries.find(({ label }) => label === config.default) ?? config.entries[0];
  return { path, ...entry };
}

function kernelFacts(tree: Tree, boot: BootConfig | undefined): KernelFacts | undefined {
  const path = bootFile(tree, boot, boot?.kernel, /^(?:vmlinuz|bzImage|kernel)/);
  if (path === undefined) return undefined;
  const { content } = fileAt(tree, path)!;
  const head = readHead(content, KERNEL_HEAD);
  try {
    return { path, size: content.size, release: kernelRelease(head, path) };
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code !== 'RB_KERNEL_INVALID') throw error;
    return { path, size: content.size };
  }
}

async function initrdFacts(
  tree: Tree,
  boot: BootConfig | undefined,
  sink: ContentSink,
): Promise<InitrdFacts | undefined> {
  const path = bootFile(tree, boot, boot?.initrd?.split(',')[0], /^init(?:rd|ramfs)/);
  if (path === undefined) return undefined;
  const { content } = fileAt(tree, path)!;
  const { size } = content;
  try {
    const initramfs = await readInitramfs(content, sink, { origin: path, limit: INITRD_LIMIT });
    const modules = new Set<string>();
    for (const item of initramfs.walk()) {
      const name = item.entry.type === 'file' ? moduleNameOf(item.path) : undefined;
      if (name !== undefined) modules.add(name);
    }
    const rootUuid = rootUuidOf(initramfs);
    return {
      path,
      size,
      entries: countNames(initramfs),
      modules: [...modules].sort(),
      ...(rootUuid !== undefined && { rootUuid }),
    };
  } catch (error) {
    if (!(error instanceof RootlessBakeError) || error.code === 'RB_INTERRUPTED') throw error;
    return { path, size, problem: error.message };
  }
}

function rootUuidOf(initramfs: Tree): string | undefined {
  const init = fileAt(initramfs, '/init');
  if (!init || init.content.size > INIT_LIMIT) return undefined;
  const script = Buffer.from(readContent(init.content)).toString('latin1');
  return /\bUUID=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/i.exec(script)?.[1]?.toLowerCase();
}

/** What the configuration names, else the last of those with such a name in the folders of kernels. */
function bootFile(
  tree: Tree,
  boot: BootConfig | undefined,
  named: string | undefined,
  usual: RegExp,
): string | undefined {
  if (boot && named !== undefined) {
    const folder = boot.path.slice(0, boot.path.lastIndexOf('/') + 1);
    const path = named.startsWith('/') ? named : `${folder}${named}`;
    if (fileAt(tree, path)) return path;
  }
  for (const folder of ['/boot', '/']) {
    const entry = tree.resolve(folder)?.entry;
    if (entry?.type !== 'directory') continue;
    const paths = sortedNames(entry)
      .filter((name) => usual.test(name))
      .map((name) => (folder === '/' ? `/${name}` : `${folder}/${name}`));
    const found = paths.findLast((path) => fileAt(tree, path));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The file that a path leads to. */
export function fileAt(tree: Tree, path: string): FileEntry | undefined {
  const entry = tree.resolve(path)?.entry;
  return entry?.type === 'file' ? entry : undefined;
}

/** Whether files, as far as they are there, are of a size to be read as a whole. */
export function isReadable(tree: Tree, paths: readonly string[]): boolean {
  const total = paths.reduce((sum, path) => sum + (fileAt(tree, path)?.content.size ?? 0), 0);
  return total <= TEXT_LIMIT;
}
