import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, inject, it } from 'vitest';
import { startMachine } from '../../src/vm/machine.ts';
import { DEBIAN_KERNEL_TOOLS, debianKernel } from '../support/debian-kernel.ts';
import { DEBIAN_ROOT_TOOLS, debianRoot } from '../support/debian-root.ts';
import { GuestShell, type LogIn } from '../support/guest-shell.ts';
import { testHost } from '../support/host.ts';
import { judge, oracle } from '../support/oracle.ts';
import { freePort, makeSshKey, overSsh } from '../support/ssh.ts';
import { folderOf, ordinaryUser, runAs } from '../support/users.ts';

const product = inject('product');
const MINUTE = 60_000;
const PASSWORD = 'open-sesame';
const tools = [...DEBIAN_KERNEL_TOOLS, 'qemu-system-x86_64', 'openssl', 'ssh', 'ssh-keygen'];

/** Where the tests bake as the ordinary user; keys are root's own. */
function workplace() {
  const user = ordinaryUser();
  const folder = folderOf(user);
  const keys = folderOf({ ...user, uid: process.getuid!(), gid: process.getgid!() });
  const hash = judge('openssl', ['passwd', '-6', PASSWORD]).trim();

  function bake(name: string, cook: object, machine: object, size: string): string {
    const { root, release, modules } = debianKernel();
    const recipe = {
      name,
      cook,
      machine,
      bake: {
        size,
        kernel: { vmlinuz: join(root, 'boot', `vmlinuz-${release}`), modules },
        modules: ['virtio_pci', 'virtio_blk', 'ext4', 'virtio_net'],
        // A busy host lets an emulated timer look broken, and the kernel would panic.
        options: ['console=ttyS0', 'no_timer_check', 'loglevel=1'],
      },
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(recipe));
    const image = join(folder, `${name}.img`);
    const baked = runAs(user, ['node', product.cli, 'bake', `${name}.json`, '-o', image], { cwd: folder });
    expect(baked.status, baked.stderr).toBe(0);
    return image;
  }

  /** Boots an image, one of whose ports is forwarded, and logs in on the console by the password. */
  async function withShell(
    image: string,
    { guest, ...account }: LogIn & { guest: number },
    work: (shell: GuestShell, port: number) => Promise<void>,
  ): Promise<void> {
    const port = await freePort();
    const forwards = [{ host: port, guest }];
    const options = { accelerator: 'tcg', memory: 512 << 20, snapshot: true, forwards } as const;
    const machine = await startMachine(image, options, testHost().host);
    try {
      const all = { password: PASSWORD, patience: 6 * MINUTE, ...account };
      await work(await GuestShell.logIn(machine.console, all), port);
    } finally {
      await machine.stop();
    }
  }

  const remove = (): void => {
    for (const path of [folder, keys]) rmSync(path, { recursive: true, force: true });
  };
  return { folder, key: () => makeSshKey(keys), hash, bake, withShell, remove };
}

oracle({ tools, files: [product.alpine] })('a machine of OpenRC', () => {
  const { key, hash, bake, withShell, remove } = workplace();
  afterAll(remove);

  it('lets in by password on the console and by key over ssh, and is what the recipe says', async () => {
    const ssh = key();
    const base = readdirSync(product.alpine).find((file) => file.startsWith('alpine-minirootfs-'))!;
    const image = bake(
      'openrc',
      {
        base: { tar: join(product.alpine, base) },
        apk: 'native',
        repositories: [join(product.alpine, 'apks')],
        packages: ['openrc', 'busybox-openrc', 'openssh', 'tzdata', 'kbd-bkeymaps'],
      },
      {
        hostname: 'web.example.org',
        timezone: 'Asia/Tokyo',
        keymap: 'de',
        console: 'ttyS0',
        network: {},
        users: [{ name: 'alice', groups: ['wheel'], password: hash, sshKeys: [ssh.line] }],
        root: { sshKeys: [ssh.line] },
        services: { enable: ['sshd', 'hello'] },
        files: [
          {
            path: '/etc/init.d/hello',
            mode: '0755',
            content: '#!/sbin/openrc-run\nstart() {\n  echo "hello from $(hostname)" > /run/hello\n}\n',
          },
          { path: '/home/alice/notes/one', content: 'kept\n', owner: 'alice', mode: '0600' },
        ],
      },
      '192M',
    );
    await withShell(
      image,
      { prompt: 'web.example.org login: ', guest: 22, user: 'alice' },
      async (shell, port) => {
        expect(await shell.run('id')).toBe('uid=1000(alice) gid=1000(alice) groups=10(wheel),1000(alice)\n');
        expect(await shell.run('date +%Z; cat /run/hello notes/one')).toBe(
          'JST\nhello from web.example.org\nkept\n',
        );
        const text = await overSsh(ssh, port, 'alice', 'hostname; rc-service sshd status; touch notes/two');
        expect(text).toMatch(/^web.example.org\n.*status: started\n$/);
        const services = await overSsh(ssh, port, 'root', 'rc-status -f ini -a; ls -l /home/alice/notes/two');
        for (const name of ['sshd', 'hello', 'networking', 'hostname', 'loadkmap', 'syslog'])
          expect(services).toMatch(new RegExp(`^${name} = +started *$`, 'm'));
        expect(services).toMatch(/alice +alice .*two/);
        await expect(overSsh(ssh, port, 'nobody', 'true')).rejects.toThrow('Permission denied');
      },
    );
  });
});

oracle({ tools: [...tools, 'apt-get'] })("a machine of busybox's init", () => {
  const { hash, bake, withShell, remove } = workplace();
  afterAll(remove);

  it('is made of busybox and a machine section alone', async () => {
    const directories = ['/usr/bin', '/usr/sbin', '/dev', '/proc', '/sys', '/run', '/tmp', '/root'];
    const links = {
      '/bin': 'usr/bin',
      '/sbin': 'usr/sbin',
      '/bin/sh': 'busybox',
      '/sbin/init': '../bin/busybox',
    };
    const image = bake(
      'busybox',
      {
        base: { empty: true },
        contents: [
          ...directories.map((mkdir) => ({ mkdir })),
          ...Object.entries(links)
            .slice(0, 2)
            .map(([to, symlink]) => ({ symlink, to })),
          { deb: 'busybox-static' },
          ...Object.entries(links)
            .slice(2)
            .map(([to, symlink]) => ({ symlink, to })),
        ],
      },
      {
        hostname: 'box',
        timezone: 'UTC',
        console: 'ttyS0',
        network: {},
        users: [{ name: 'bob', password: hash }],
        root: { password: '!' },
        services: { enable: ['web'] },
        files: [
          {
            path: '/etc/init.d/rcS',
            mode: '0755',
            content: [
              '#!/bin/sh',
              'busybox mount -t proc proc /proc',
              'busybox mount -t sysfs sysfs /sys',
              'busybox mount -t tmpfs tmpfs /run',
              'busybox mount -o remount,rw /',
              'busybox --install -s',
              '',
            ].join('\n'),
          },
          {
            path: '/etc/init.d/web',
            mode: '0755',
            content: '#!/bin/sh\ncase "$1" in\n  start) httpd -h /srv ;;\n  stop) killall httpd ;;\nesac\n',
          },
          { path: '/srv/index.html', content: 'served from the recipe\n' },
        ],
      },
      '64M',
    );
    await withShell(image, { prompt: 'box login: ', guest: 80, user: 'bob' }, async (shell, port) => {
      expect(await shell.run('id; pwd')).toBe('uid=1000(bob) gid=1000(bob) groups=1000(bob)\n/home/bob\n');
      expect(await shell.run('cat /etc/resolv.conf')).toBe('nameserver 10.0.2.3\n');
      const page = await fetch(`http://127.0.0.1:${port}/index.html`);
      expect(await page.text()).toBe('served from the recipe\n');
    });
  });
});

oracle({ tools: [...tools, ...DEBIAN_ROOT_TOOLS], root: true })('a machine of systemd', () => {
  const { folder, key, hash, bake, withShell, remove } = workplace();
  afterAll(remove);

  it('lets in by password on the console and by key over ssh, and runs its services', async () => {
    const ssh = key();
    mkdirSync(join(folder, 'units'));
    writeFileSync(
      join(folder, 'units/hello.service'),
      '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c "hostname > /run/hello"\n[Install]\nWantedBy=multi-user.target\n',
    );
    const image = bake(
      'systemd',
      { base: { tar: debianRoot() } },
      {
        hostname: 'lab',
        timezone: 'Asia/Tokyo',
        console: 'ttyS0',
        network: {},
        users: [{ name: 'alice', groups: ['adm'], password: hash, sshKeys: [ssh.line] }],
        root: { sshKeys: [ssh.line] },
        services: { enable: ['ssh', 'hello'], disable: ['apt-daily.timer'] },
        files: [
          { path: '/etc/fstab', content: '/dev/vda1 / ext4 defaults 0 1\n' },
          { path: '/etc/systemd/system/hello.service', source: './units/hello.service' },
        ],
      },
      '640M',
    );
    await withShell(image, { prompt: 'lab login: ', guest: 22, user: 'alice' }, async (shell, port) => {
      expect(await shell.run('id; date +%Z; cat /run/hello')).toBe(
        'uid=1000(alice) gid=1000(alice) groups=1000(alice),4(adm)\nJST\nlab\n',
      );
      const units = 'ssh hello systemd-networkd serial-getty@ttyS0';
      expect(await overSsh(ssh, port, 'root', `systemctl is-active ${units}`)).toBe('active\n'.repeat(4));
      expect(await overSsh(ssh, port, 'root', `systemctl is-enabled ${units}`)).toBe('enabled\n'.repeat(4));
      expect(
        await overSsh(
          ssh,
          port,
          'root',
          'systemctl --failed --no-legend --plain; stat -c %s /etc/machine-id',
        ),
      ).toBe('33\n');
      const timer = 'systemctl is-enabled apt-daily.timer || true';
      expect(await overSsh(ssh, port, 'root', timer)).toBe('disabled\n');
      expect(await overSsh(ssh, port, 'alice', 'hostname')).toBe('lab\n');
    });
  });
});
