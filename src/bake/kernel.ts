import * as nodeFs from 'node:fs';
import { forKey, RootlessBakeError } from '../errors.ts';
import { kernelRelease } from '../formats/kernel-image.ts';
import { apkComponent } from '../sbom/apk-components.ts';
import { debComponent } from '../sbom/brought.ts';
import type { Component } from '../sbom/component.ts';
import { readApkPackage } from '../sources/alpine/index.ts';
import { readDebianPackage } from '../sources/deb.ts';
import { readDirectory } from '../sources/directory.ts';
import { readHostFile } from '../sources/file.ts';
import type { SourceMeans } from '../sources/means.ts';
import { type Content, type ContentSink, readContent } from '../tree/content.ts';
import type { DirectoryEntry } from '../tree/entry.ts';
import { Tree } from '../tree/tree.ts';
import type { KernelOptions } from './options.ts';

export interface Kernel {
  /** As `uname -r` says it, such as `6.1.0-44-cloud-amd64`. */
  readonly release: string;
  readonly image: Content;
  /** What `/lib/modules/RELEASE` holds; empty when the kernel came without modules. */
  readonly modules: Tree;
  /** Where it comes from, in words for people. */
  readonly origin: string;
  /** The package that it comes from. */
  readonly component?: Component;
}

const BOOT_FOLDERS = ['/boot'];
const MODULE_ROOTS = ['/lib/modules', '/usr/lib/modules'];

/**
 * Reads a kernel and the tree of its modules.
 *
 * @throws RB_INPUT_NOT_FOUND when there is no kernel image where the recipe points
 * @throws RB_KERNEL_INVALID when the file is no x86 kernel image
 */
export async function readKernel(
  options: KernelOptions,
  sink: ContentSink,
  means: SourceMeans,
): Promise<Kernel> {
  if ('deb' in options) {
    const found = await readDebianPackage(options.deb, sink, means);
    const component = debComponent(found);
    return { ...kernelOfPackage(found.tree, component.origin), component };
  }
  if ('apk' in options) {
    const found = await readApkPackage(options, sink, means);
    const component = apkComponent(found);
    return { ...kernelOfPackage(found.tree, component.origin), component };
  }
  const image = readHostFile(nodeFs, options.vmlinuz);
  const release = kernelRelease(readContent(image), options.vmlinuz);
  const { modules: folder } = options;
  const modules =
    folder === undefined
      ? new Tree()
      : await forKey('bake.kernel.modules', () => modulesFolder(folder, release));
  return { release, image, modules, origin: options.vmlinuz };
}

function kernelOfPackage(tree: Tree, origin: string): Kernel {
  for (const folder of BOOT_FOLDERS) {
    const boot = tree.resolve(folder)?.entry;
    if (boot?.type !== 'directory') continue;
    for (const [name, entry] of boot.children) {
      if (!name.startsWith('vmlinuz') || entry.type !== 'file') continue;
      const release = kernelRelease(readContent(entry.content), `${folder}/${name} of ${origin}`);
      return { release, image: entry.content, modules: modulesOf(tree, release), origin };
    }
  }
  throw new RootlessBakeError('RB_INPUT_NOT_FOUND', `${origin} has no /boot/vmlinuz-*`, {
    hint: 'name a package that holds a kernel, such as linux-image-cloud-amd64 of Debian, or linux-virt of Alpine',
  });
}

function modulesOf(tree: Tree, release: string): Tree {
  for (const root of MODULE_ROOTS) {
    const entry = tree.resolve(`${root}/${release}`)?.entry;
    if (entry?.type === 'directory') return treeOf(entry);
  }
  return new Tree();
}

/** `path` is the folder of one release, or holds a folder that is named after the release. */
async function modulesFolder(path: string, release: string): Promise<Tree> {
  const options = { owner: '0:0', origin: path } as const;
  const tree = await readDirectory(nodeFs, path, options);
  const entry = tree.get(release);
  return entry?.type === 'directory' ? treeOf(entry) : tree;
}

function treeOf(directory: DirectoryEntry): Tree {
  const tree = new Tree(directory);
  for (const [name, entry] of directory.children) tree.root.children.set(name, entry);
  return tree;
}
