import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { startMachine } from '../../src/vm/machine.ts';
import { minirootfs } from '../support/apk-oracle.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;
const tools = [...DEBIAN_KERNEL_TOOLS, 'qemu-system-x86_64', 'proot'];

/** Init is busybox's, and the console a shell: what is asked here is apk, not OpenRC. */
const INITTAB = `::sysinit:/bin/mount -t proc proc /proc
::sysinit:/bin/mount -o remount,rw /
ttyS0::respawn:-/bin/sh
::shutdown:/bin/umount -a -r
`;

oracle({ tools, files: [product.alpine] })('packages that apk itself has not installed', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are whole to the apk of the booted system, which would change nothing', async () => {
    const { root, release, modules } = debianKernel();
    const repository = join(product.alpine, 'apks');
    const recipe = {
      name: 'native',
      cook: {
        base: { tar: minirootfs() },
        apk: 'native',
        repositories: [repository],
        packages: ['alpine-base', 'chrony', 'openssh'],
        contents: [
          { dir: repository, to: '/srv/apks' },
          { file: './inittab', to: '/etc/inittab', replace: true },
        ],
      },
      bake: {
        size: '128M',
        kernel: { vmlinuz: `${root}/boot/vmlinuz-${release}`, modules },
        modules: ['virtio_pci', 'virtio_blk', 'ext4'],
        options: ['console=ttyS0', 'no_timer_check', 'loglevel=1'],
      },
    };
    writeFileSync(join(folder, 'cake.json'), JSON.stringify(recipe));
    writeFileSync(join(folder, 'inittab'), INITTAB);
    judge('chmod', ['-R', 'a+rX', folder]);
    const baked = runAs(user, ['node', product.cli, 'bake', 'cake.json'], { cwd: folder });
    expect(baked.status, baked.stderr).toBe(0);
    const image = join(folder, 'native.img');
    const machine = await startMachine(image, { accelerator: 'tcg', memory: 256 << 20 }, testHost().host);
    try {
      const { console } = machine;
      await console.expect('# ', 5 * MINUTE);
      const shell = new GuestShell(console);
      const apk = 'apk --no-progress --no-network --repositories-file /dev/null';
      const audited = await shell.run(`${apk} audit --system; echo audit-$?`);
      expect(audited).toMatch(/^audit-0/m);
      // A path that is not as its package has it would stand behind a letter.
      expect(audited).not.toMatch(/^[ADMUXe-] /m);
      // Each package file, signature and contents, by the keys of this root.
      const verified = await shell.run(
        `cd /srv/apks/x86_64; apk verify *.apk | grep -c ' 0 - OK'; ls *.apk | wc -l`,
      );
      const [good, all] = [...verified.matchAll(/^(\d+)\s*$/gm)].map(([, count]) => Number(count));
      expect(good).toBeGreaterThan(90);
      expect(good).toBe(all);
      expect(await shell.run(`${apk} -X /srv/apks fix --simulate; echo fix-$?`)).toMatch(
        /^OK: \d+ MiB in \d+ packages[\s\S]*^fix-0/m,
      );
    } finally {
      await machine.stop();
    }
  });
});
