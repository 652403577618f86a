import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RootlessBakeError } from '../../src/errors.ts';
import { chooseAccelerator, tryToBoot } from '../../src/vm/accelerator.ts';
import { boot, bootMachine } from '../../src/vm/boot.ts';
import { serialBootDisk } from '../../src/vm/boot-sector.ts';
import { qemuArguments } from '../../src/vm/command.ts';
import { testHost } from '../support/host.ts';
import { findTool, oracle } from '../support/oracle.ts';
import { shownInTime } from '../support/slow-guest.ts';

/** The process ids of machines whose command line names a path. */
function machinesOf(path: string): string[] {
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(path);
    } catch {
      return false;
    }
  });
}

async function gone(path: string): Promise<void> {
  while (machinesOf(path).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** More than a small disk takes to boot on any machine, in milliseconds. */
const MINUTES = 5 * 60_000;

test('a boot sector is a PC boot sector', () => {
  const disk = serialBootDisk('hello');
  expect(Buffer.from(disk.subarray(510, 512)).toString('hex')).toBe('55aa');
  expect(disk.subarray(512).every((byte) => byte === 0)).toBe(true);
  expect(() => serialBootDisk('x'.repeat(480))).toThrow(RangeError);
});

test('without QEMU the error has the whole command', async () => {
  const { host } = testHost({ env: { PATH: '/nowhere' } });
  const folder = mkdtempSync(join(tmpdir(), 'rb-vm-'));
  const image = join(folder, 'a,b.img');
  writeFileSync(image, '');
  const error = await boot(image, { expect: 'x' }, host).catch((thrown: unknown) => thrown);
  rmSync(folder, { recursive: true });
  expect(error).toMatchObject({ code: 'RB_QEMU_MISSING', exitCode: 2 });
  expect((error as RootlessBakeError).hint).toContain(
    `qemu-system-x86_64 -accel tcg -m 512 -drive if=virtio,format=raw,file=${folder}/a,,b.img -nic none`,
  );
});

test('a machine has a network only when ports are forwarded, and those are of the loopback', () => {
  const options = { accelerator: 'tcg', serial: 'pipe' } as const;
  const forwards = [
    { host: 2222, guest: 22 },
    { host: 8080, guest: 80 },
  ];
  const words = qemuArguments('a.img', { ...options, forwards }).join(' ');
  expect(words).toContain(
    '-netdev user,id=net0,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=tcp:127.0.0.1:8080-:80 ' +
      '-device virtio-net-pci,netdev=net0,romfile= ',
  );
  expect(words).not.toContain('-nic');
  expect(qemuArguments('a.img', options).join(' ')).toContain('-nic none');
});

oracle({ tools: ['qemu-system-x86_64'] })('a machine', () => {
  let folder: string;
  let image: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'rb-vm-'));
    image = join(folder, 'greeting, with comma.img');
    writeFileSync(image, serialBootDisk('first line\r\nmachine login: '));
  });
  afterAll(async () => {
    await gone(folder);
    rmSync(folder, { recursive: true });
  });

  test('boots until its console shows what is expected', async () => {
    const { host, events } = testHost();
    const result = await boot(
      image,
      { expect: /login: $/, timeout: MINUTES, accel: 'tcg', snapshot: true },
      host,
    );
    expect(result.accelerator).toBe('tcg');
    expect(result.transcript).toContain('first line\nmachine login: ');
    expect(events).toEqual([]);
    expect(machinesOf(folder)).toEqual([]);
  });

  test('that does not show it ends with its last lines', async () => {
    const { host } = testHost();
    const said = await shownInTime('machine login: ', async (seconds) => {
      const options = { expect: 'Password', timeout: seconds * 1000, accel: 'tcg' } as const;
      const error = await boot(image, options, host).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'RB_BOOT_TIMEOUT', exitCode: 1 });
      expect((error as Error).message).toContain(`within ${seconds} s`);
      return (error as Error).message;
    });
    expect(said).toMatch(/s; its last lines:\n(.*\n)* {2}\| first line\n {2}\| machine login: /);
    expect(machinesOf(folder)).toEqual([]);
  });

  test('that ends early fails with what QEMU said', async () => {
    const { host } = testHost();
    const error = await boot(
      image,
      { expect: 'x', memory: 2 ** 60, timeout: MINUTES, accel: 'tcg' },
      host,
    ).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'RB_BOOT_TIMEOUT' });
    expect((error as Error).message).toContain('ended before it showed "x": QEMU ended with exit code 1');
  });

  test('ends with the run', async () => {
    const { host, controller } = testHost();
    const booting = boot(image, { expect: 'never', accel: 'tcg' }, host);
    setTimeout(() => controller.abort(new RootlessBakeError('RB_INTERRUPTED', 'interrupted')), 300);
    await expect(booting).rejects.toMatchObject({ code: 'RB_INTERRUPTED', exitCode: 130 });
    expect(machinesOf(folder)).toEqual([]);
  });

  test('does not start in a run that has ended', async () => {
    const { host, controller } = testHost();
    controller.abort(new RootlessBakeError('RB_INTERRUPTED', 'interrupted'));
    await expect(boot(image, { expect: 'x', accel: 'tcg' }, host)).rejects.toMatchObject({
      code: 'RB_INTERRUPTED',
    });
  });

  test('is talked to', async () => {
    const { host } = testHost();
    const { machine } = await bootMachine(image, { accel: 'tcg' }, host);
    await machine.console.expect('login: ', MINUTES);
    machine.console.send('root\n');
    await machine.stop();
    await machine.stop();
    expect((await machine.exited).signal ?? 'SIGTERM').toBe('SIGTERM');
  });

  test('an image that is not there', async () => {
    const { host } = testHost();
    await expect(boot(join(folder, 'absent.img'), { expect: 'x' }, host)).rejects.toMatchObject({
      code: 'RB_INPUT_NOT_FOUND',
    });
  });

  test('auto takes KVM only when a machine has run in it', async () => {
    const temporaryDirectory = mkdtempSync(join(folder, 'tmp-'));
    const { host } = testHost({ temporaryDirectory });
    const choice = await chooseAccelerator(host);
    expect(chooseAccelerator(host)).toBe(chooseAccelerator(host));
    expect(choice.accelerator === 'kvm').toBe(choice.reason === undefined);
    if (choice.accelerator === 'kvm') expect(existsSync('/dev/kvm')).toBe(true);
    else expect(choice.reason).toMatch(/^(KVM does not work here: .+|\/dev\/kvm is not there.*)$/);
    expect(readdirSync(temporaryDirectory)).toEqual([]);
  });

  test('the probe of the accelerator tells what works from what does not', async () => {
    const { host } = testHost();
    expect(await tryToBoot('tcg', host, MINUTES)).toBeUndefined();
    expect(await tryToBoot('xen' as never, host, MINUTES)).toContain('ended before it showed');
  });
});

oracle({ tools: ['qemu-system-x86_64', 'setpriv'] })('a machine whose owner is killed', () => {
  test('dies with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rb-vm-'));
    const image = join(folder, 'orphan.img');
    writeFileSync(image, serialBootDisk('up'));
    const qemu = [findTool('qemu-system-x86_64'), '-display', 'none', '-drive', `format=raw,file=${image}`];
    const code =
      `const { spawn } = require('node:child_process');` +
      `spawn('setpriv', ['--pdeathsig', 'KILL', ...${JSON.stringify(qemu)}]).on('spawn', () => console.log('up'));`;
    const owner = spawn(process.execPath, ['-e', code]);
    await once(owner.stdout, 'data');
    while (!machinesOf(image).some((id) => id !== String(owner.pid)))
      await new Promise((resolve) => setTimeout(resolve, 20));
    owner.kill('SIGKILL');
    await gone(image);
    rmSync(folder, { recursive: true });
    expect(machinesOf(image)).toEqual([]);
  });
});
