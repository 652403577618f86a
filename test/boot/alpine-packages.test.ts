import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { startMachine } from '../../src/vm/machine.ts';
import { makeBootRepository } from '../support/apk-boot-packages.ts';
import { MBR_CODE } from '../support/bake-inputs.ts';
import { DEBIAN_KERNEL_TOOLS } from '../support/debian-kernel.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;
const tools = [...DEBIAN_KERNEL_TOOLS, 'extlinux', 'qemu-system-x86_64'];

oracle({ tools, files: [MBR_CODE] })('kernel and boot loader of Alpine', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  const { repository, key } = makeBootRepository(folder);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function bake(image: string, ...more: string[]) {
    const settings = ['kernel={apk: linux-virt', 'bootloader={apk: syslinux'].flatMap((start) => [
      '--set',
      `bake.${start}, repositories: ["${repository}"], apkKeys: ["${key}"]}`,
    ]);
    return runAs(user, ['node', product.cli, 'bake', 'hello', '-o', image, ...settings, ...more], {
      cwd: folder,
    });
  }

  it('boot to a login', async () => {
    chmodSync(key, 0o644);
    const image = join(folder, 'alpine.img');
    const baked = bake(image);
    expect(baked.status, baked.stderr).toBe(0);
    expect(baked.stderr).toContain('package syslinux-6.04_pre1-r15');
    const machine = await startMachine(image, { accelerator: 'tcg', memory: 256 << 20 }, testHost().host);
    try {
      await machine.console.expect('SYSLINUX', 5 * MINUTE);
      await machine.console.expect('login:', 5 * MINUTE);
    } finally {
      await machine.stop();
    }
  });

  it('must be signed by a key that is known', () => {
    const refused = bake(join(folder, 'refused.img'), '--set', 'bake.kernel.apkKeys=[]');
    expect(refused.status).toBe(4);
    expect(refused.stderr).toMatch(/RB_SIGNATURE_INVALID.*test@example\.org/s);
  });

  it('of another name are not found', () => {
    const refused = bake(join(folder, 'refused.img'), '--set', 'bake.kernel.apk=linux-vrit');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/RB_APK_FAILED[\s\S]*did you mean linux-virt/);
  });
});
