import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { type Machine, startMachine } from '../../src/vm/machine.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;

oracle({ tools: [...DEBIAN_KERNEL_TOOLS, 'qemu-system-x86_64'] })('hello', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('boots to a login, and powers off', async () => {
    await withMachine('hello.img', [], async ({ console, exited }) => {
      await console.expect('SYSLINUX', 5 * MINUTE);
      const shell = await GuestShell.logIn(console, { prompt: 'login:', user: 'root' });
      expect(await shell.run('ls -1 /boot')).toBe(
        'initrd\nldlinux.c32\nldlinux.sys\nsyslinux.cfg\nvmlinuz\n',
      );
      console.send('poweroff\n');
      expect(await exited).toMatchObject({ code: 0 });
    });
  });

  it('says that the root does not appear, and opens a shell, when its driver is missing', async () => {
    await withMachine('no-driver.img', ['--set', 'bake.modules=[]'], async ({ console }) => {
      await console.expect(/no file system with UUID 9{8}-.* appeared within 10 seconds/, 5 * MINUTE);
      expect(await new GuestShell(console).run('echo $((6 * 7)); cat /proc/1/comm')).toBe('42\nsh\n');
    });
  });

  it('opens a shell in the initrd when debugging, and goes on when it is left', async () => {
    await withMachine('debug.img', ['--set', 'bake.debug=true'], async ({ console }) => {
      await console.expect('debug shell', 5 * MINUTE);
      expect(await new GuestShell(console).run('lsmod')).toMatch(/^virtio_blk /m);
      console.send('exit\n');
      await console.expect('login:', 5 * MINUTE);
    });
  });

  async function withMachine(
    name: string,
    settings: readonly string[],
    talk: (machine: Machine) => Promise<void>,
  ): Promise<void> {
    const { root, release, modules } = debianKernel();
    const image = join(folder, name);
    const kernel = `bake.kernel={vmlinuz: ${root}/boot/vmlinuz-${release}, modules: ${modules}}`;
    const command = ['node', product.cli, 'bake', 'hello', '-o', image, '--set', kernel, ...settings];
    const baked = runAs(user, command, { cwd: folder });
    expect(baked.status, baked.stderr).toBe(0);
    const machine = await startMachine(image, { accelerator: 'tcg', memory: 256 << 20 }, testHost().host);
    try {
      await talk(machine);
    } finally {
      await machine.stop();
    }
  }
});
