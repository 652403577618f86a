import * as nodeFs from 'node:fs';
import { forKey, named, RootlessBakeError } from '../errors.ts';
import { checkBootCode } from '../formats/mbr-partition/index.ts';
import { extractSyslinux, type SyslinuxParts } from '../formats/syslinux/index.ts';
import { apkComponent } from '../sbom/apk-components.ts';
import { debComponent } from '../sbom/brought.ts';
import type { Component } from '../sbom/component.ts';
import { readApkPackage } from '../sources/alpine/index.ts';
import { readDebianPackage } from '../sources/deb.ts';
import { readHostFile } from '../sources/file.ts';
import type { SourceMeans } from '../sources/means.ts';
import { type Content, type ContentSink, readContent } from '../tree/content.ts';
import type { Tree } from '../tree/tree.ts';
import type { BootloaderOptions } from './options.ts';

/** What the distribution's own package gives to make a disk bootable. */
export interface Bootloader extends SyslinuxParts {
  /** mbr.bin: the code of the disk's first sector, 440 bytes. */
  readonly mbrCode: Uint8Array;
  /** Where it comes from, in words for people. */
  readonly origin: string;
  /** The package that it comes from. */
  readonly component?: Component;
}

/** Where Debian and Alpine keep the two files that matter, in the order they are looked for. */
const INSTALLERS = ['/usr/bin/extlinux', '/sbin/extlinux', '/usr/sbin/extlinux'];
const MBR_CODES = [
  '/usr/lib/EXTLINUX/mbr.bin',
  '/usr/lib/syslinux/mbr/mbr.bin',
  '/usr/share/syslinux/mbr.bin',
];

/**
 * Reads the boot loader's pieces out of its installer, which is never run.
 *
 * @throws RB_INPUT_NOT_FOUND when the package has no installer or no mbr.bin
 * @throws RB_SYSLINUX_NOT_FOUND, RB_SYSLINUX_VERSION when the installer is none that serves
 * @throws RB_MBR_INVALID when mbr.bin is too long
 */
export async function readBootloader(
  options: BootloaderOptions,
  sink: ContentSink,
  means: SourceMeans,
): Promise<Bootloader> {
  if ('extlinux' in options) {
    const { extlinux, mbr } = options;
    const installer = readHostFile(nodeFs, extlinux);
    return {
      ...syslinuxOf(installer, extlinux),
      mbrCode: forKey('bake.bootloader.mbr', () => bootCodeOf(readHostFile(nodeFs, mbr), mbr)),
      origin: extlinux,
    };
  }
  const { tree, component } = await readPackage(options, sink, means);
  const { origin } = component;
  const installer = firstFile(tree, INSTALLERS, origin);
  const mbrCode = firstFile(tree, MBR_CODES, origin);
  return { ...syslinuxOf(installer, origin), mbrCode: bootCodeOf(mbrCode, origin), origin, component };
}

async function readPackage(
  options: Exclude<BootloaderOptions, { readonly extlinux: string }>,
  sink: ContentSink,
  means: SourceMeans,
): Promise<{ readonly tree: Tree; readonly component: Component }> {
  if ('apk' in options) {
    const found = await readApkPackage(options, sink, means);
    return { tree: found.tree, component: apkComponent(found) };
  }
  const found = await readDebianPackage(options.deb, sink, means);
  return { tree: found.tree, component: debComponent(found) };
}

/** What {@link extractSyslinux} throws, with the file's name. */
function syslinuxOf(installer: Content, origin: string): SyslinuxParts {
  const bytes = readContent(installer);
  return named(origin, () => extractSyslinux(bytes));
}

function bootCodeOf(file: Content, origin: string): Uint8Array {
  const bytes = readContent(file);
  named(origin, () => checkBootCode(bytes));
  return bytes;
}

function firstFile(tree: Tree, paths: readonly string[], source: string): Content {
  for (const path of paths) {
    const entry = tree.resolve(path)?.entry;
    if (entry?.type === 'file') return entry.content;
  }
  throw new RootlessBakeError(
    'RB_INPUT_NOT_FOUND',
    `the boot loader's ${source} has none of ${paths.join(', ')}`,
    {
      hint: "name a package with both the extlinux program and mbr.bin, such as Debian's extlinux or Alpine's syslinux",
    },
  );
}
