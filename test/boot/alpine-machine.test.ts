import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Machine, startMachine } from '../../src/vm/machine.ts';
import { alpineRecipe, alpineSettings } from '../support/alpine.ts';
import { GuestShell } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { oracle } from '../support/oracle.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;

oracle({ tools: ['qemu-system-x86_64', 'apt-get'], files: [product.alpine] })('alpine-machine', () => {
  const user = ordinaryUser();
  const folder = folderOf(user);
  const image = join(folder, 'alpine.img');
  let machine: Machine;

  beforeAll(async () => {
    const command = ['node', product.cli, 'bake', alpineRecipe(product), '-o', image];
    const baked = runAs(user, [...command, ...alpineSettings(product)], { cwd: folder });
    expect(baked.status, baked.stderr).toBe(0);
    machine = await startMachine(image, { accelerator: 'tcg', memory: 256 << 20 }, testHost().host);
  });
  afterAll(async () => {
    await machine?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('boots from SYSLINUX through OpenRC to a login that works', async () => {
    const { console } = machine;
    await console.expect('SYSLINUX', 5 * MINUTE);
    await console.expect('OpenRC', 5 * MINUTE);
    const account = { prompt: 'login:', user: 'alpine', password: 'migh7Lib' };
    const shell = await GuestShell.logIn(console, account);
    expect(await shell.run('id')).toMatch(/^uid=1000\(alpine\) gid=1000\(alpine\)/);
    expect(await shell.run('mount')).toMatch(/^\/dev\/vda1 on \/ type ext4/m);
  });
});
