import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { type Machine, startMachine } from '../../src/vm/machine.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
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
      await console.expect('SYSLINUX', MINUTE);
      await console.expect('login:', 2 * MINUTE);
      console.send('root\n');
      await console.expect('# ', MINUTE);
      console.send('ls /boot; poweroff\n');
      expect(await exited).toMatchObject({ code: 0 });
      expect(console.transcript).toMatch(/initrd\s+ldlinux\.c32\s+ldlinux\.sys\s+syslinux\.cfg\s+vmlinuz/);
    });
  });

  it('says that the root does not appear, and opens a shell, when its driver is missing', async () => {
    await withMachine('no-driver.img', ['--set', 'bake.modules=[]'], async ({ console }) => {
      await console.expect(/no file system with UUID 9{8}-.* appeared within 10 seconds/, 3 * MINUTE);
      console.send('echo $((6 * 7)); cat /proc/1/comm\n');
      await console.expect(/42\nsh\n/, MINUTE);
    });
  });

  it('opens a shell in the initrd when debugging, and goes on when it is left', async () => {
    await withMachine('debug.img', ['--set', 'bake.debug=true'], async ({ console }) => {
      await console.expect('debug shell', 2 * MINUTE);
      console.send('lsmod; exit\n');
      const { text } = await console.expect('login:', 2 * MINUTE);
      expect(text).toMatch(/^virtio_blk /m);
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
