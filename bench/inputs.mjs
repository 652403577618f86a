import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { once, run } from './environment.mjs';

/** The kernel, its modules and the boot loader as plain files, so that no contestant unpacks a package. */
export function prepareInputs() {
  const kernel = once('kernel', (folder) => {
    const [name] = run('apt-cache', ['depends', '--important', 'linux-image-cloud-amd64'])
      .split('\n')
      .flatMap((line) => /Depends: (linux-image-\S+)/.exec(line)?.[1] ?? []);
    unpackPackage(name, folder);
    unpackPackage('extlinux', folder);
    unpackPackage('busybox-static', folder);
  });
  const boot = join(kernel, 'boot');
  const vmlinuz = join(
    boot,
    readdirSync(boot).find((name) => name.startsWith('vmlinuz-')),
  );
  const modules = join(kernel, 'lib/modules', readdirSync(join(kernel, 'lib/modules'))[0]);
  return {
    vmlinuz,
    modules,
    extlinux: join(kernel, 'usr/bin/extlinux'),
    mbr: join(kernel, 'usr/lib/EXTLINUX/mbr.bin'),
    busybox: join(kernel, 'bin/busybox'),
  };
}

function unpackPackage(name, folder) {
  const download = join(folder, 'download');
  mkdirSync(download, { recursive: true });
  run('apt-get', ['download', '-q', name], { cwd: download });
  for (const deb of readdirSync(download)) run('dpkg-deb', ['-x', join(download, deb), folder]);
  rmSync(download, { recursive: true });
}
