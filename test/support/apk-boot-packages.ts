import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ApkPackage, makeRepository } from './apk-repository.ts';
import { MBR_CODE } from './bake-inputs.ts';
import { debianKernel } from './debian-kernel.ts';
import { findTool } from './oracle.ts';
import type { TarBlock } from './tar-blocks.ts';

/** What a disk of virtio needs, of all the modules that Debian's kernel has. */
const MODULES = /\/(?:virtio|fs\/ext4|fs\/jbd2|fs\/mbcache|block\/virtio_blk|lib|crypto)/;

/** A repository with `linux-virt` and `syslinux` as Alpine lays them out, made of Debian's kernel and extlinux. */
export function makeBootRepository(folder: string): { readonly repository: string; readonly key: string } {
  const repository = join(folder, 'boot-apks');
  const { keyName, publicKey } = makeRepository(repository, [kernelPackage(), syslinuxPackage()]);
  const key = join(folder, keyName);
  writeFileSync(key, publicKey);
  return { repository, key };
}

/** Modules are compressed, as Alpine's are. */
function kernelPackage(): ApkPackage {
  const { root, release, modules } = debianKernel();
  const files = readdirSync(modules, { recursive: true, encoding: 'utf8' }).flatMap((path): TarBlock[] => {
    const name = `lib/modules/${release}/${path}`;
    if (path.startsWith('modules.')) return [{ name, body: text(join(modules, path)) }];
    if (!path.endsWith('.ko') || !MODULES.test(`/${path}`)) return [];
    return [{ name: `${name}.gz`, body: gzipSync(readFileSync(join(modules, path))).toString('latin1') }];
  });
  const image = { name: 'boot/vmlinuz-virt', body: text(join(root, `boot/vmlinuz-${release}`)) };
  return { name: 'linux-virt', version: '6.1.1-r0', data: [image, ...files] };
}

function syslinuxPackage(): ApkPackage {
  return {
    name: 'syslinux',
    version: '6.04_pre1-r15',
    data: [
      { name: 'sbin/extlinux', body: text(findTool('extlinux')!), mode: 0o755 },
      { name: 'usr/share/syslinux/mbr.bin', body: text(MBR_CODE) },
    ],
  };
}

function text(path: string): string {
  return readFileSync(path, 'latin1');
}
