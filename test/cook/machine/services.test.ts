import { describe, expect, it } from 'vitest';
import { ALPINE, BUSYBOX, DEBIAN, refusalOf, setUp } from '../../support/machine-tree.ts';

const enable = (...names: (string | { name: string; runlevel: string })[]) => ({
  services: { enable: names },
});
const disable = (...names: string[]) => ({ services: { disable: names } });

/** The links that a setup has made, without the folders that all have. */
const linksOf = (changes: Readonly<Record<string, string>>, folder: string): string[] =>
  Object.keys(changes)
    .filter((path) => path.startsWith(folder))
    .map((path) => path.slice(folder.length + 1));

describe('OpenRC', () => {
  const links = (setup: object, root: object = {}) =>
    linksOf(setUp({ ...ALPINE, ...root }, setup).changes, '/etc/runlevels');

  it('has what every machine has where nothing was chosen, and what was asked for', () => {
    expect(links(enable('sshd'))).toEqual([
      'boot/hostname',
      'boot/syslog',
      'default/sshd',
      'shutdown/mount-ro',
      'sysinit/devfs',
    ]);
    expect(setUp(ALPINE, enable('sshd')).changes['/etc/runlevels/default/sshd']).toBe('-> /etc/init.d/sshd');
  });

  it('loads modules where the root has some', () => {
    expect(links({}, { '/lib/modules/6.1': null })).toContain('sysinit/mdev');
  });

  it('without modules loads none for the clock either', () => {
    const clock = { '/etc/init.d/hwclock': { program: '' }, '/etc/conf.d/hwclock': 'clock="UTC"\n' };
    const file = '/etc/conf.d/hwclock';
    expect(setUp({ ...ALPINE, ...clock }, {}).changes[file]).toBe('clock="UTC"\nrc_want="!modules"\n');
    const modules = { '/lib/modules/6.1': null };
    expect(setUp({ ...ALPINE, ...clock, ...modules }, {}).changes[file]).toBeUndefined();
  });

  it('is left alone where somebody has chosen', () => {
    const chosen = { '/etc/runlevels/boot/syslog': { link: '/etc/init.d/syslog' } };
    expect(links(enable('sshd'), chosen)).toEqual(['default/sshd']);
    expect(links({ hostname: 'a', ...enable('syslog') }, chosen)).toEqual(['boot/hostname']);
  });

  it('takes services at their usual runlevel, or at one that is named', () => {
    const own = { '/etc/runlevels/own': null };
    expect(links(enable('networking', { name: 'sshd', runlevel: 'own' }), own)).toEqual(
      expect.arrayContaining(['boot/networking', 'own/sshd']),
    );
  });

  it('disables at all runlevels', () => {
    const { tree } = setUp(ALPINE, { services: { enable: ['sshd'], disable: ['sshd', 'hostname'] } });
    expect(tree.get('/etc/runlevels/default/sshd')).toBeUndefined();
    expect(tree.get('/etc/runlevels/boot/hostname')).toBeUndefined();
  });

  it.each([
    [enable('shd'), 'machine.services.enable[0]: the root has no service "shd" (did you mean "sshd"?)'],
    [disable('nginx'), /disable\[0\]: the root has no service "nginx" \(on Alpine the package nginx-openrc/],
    [
      enable({ name: 'sshd', runlevel: 'defualt' }),
      /enable\[0\]\.runlevel: .*"defualt" \(did you mean "default"\?\)/,
    ],
    [
      { ...enable('mine'), files: [{ path: '/etc/init.d/mine', content: '#!/sbin/openrc-run\n' }] },
      'machine.services.enable[0]: /etc/init.d/mine cannot be run (give the file the mode "0755")',
    ],
  ])('refuses %j', (setup, message) => {
    expect(refusalOf(ALPINE, setup)).toMatch(message);
  });

  it('enables what machine.files bring', () => {
    const files = [{ path: '/etc/init.d/mine', content: '#!/sbin/openrc-run\n', mode: '0755' }];
    expect(links({ ...enable('mine'), files })).toContain('default/mine');
  });
});

describe('systemd', () => {
  it('links units as their [Install] says, with those that go along', () => {
    const { changes } = setUp(
      DEBIAN,
      enable('ssh', 'systemd-networkd.service', 'getty@', 'serial-getty@hvc0'),
    );
    expect(changes).toMatchObject({
      '/etc/systemd/system/multi-user.target.wants/ssh.service': '-> /usr/lib/systemd/system/ssh.service',
      '/etc/systemd/system/sshd.service': '-> /usr/lib/systemd/system/ssh.service',
      '/etc/systemd/system/sockets.target.wants/systemd-networkd.socket':
        '-> /usr/lib/systemd/system/systemd-networkd.socket',
      '/etc/systemd/system/getty.target.wants/getty@tty1.service':
        '-> /usr/lib/systemd/system/getty@.service',
      '/etc/systemd/system/getty.target.wants/serial-getty@hvc0.service':
        '-> /usr/lib/systemd/system/serial-getty@.service',
      '/etc/machine-id': '0:0 444 ',
    });
  });

  it('disables them again, by whichever name', () => {
    for (const name of ['ssh', 'sshd.service']) {
      const { changes } = setUp(DEBIAN, { services: { enable: ['ssh', 'getty@tty1'], disable: [name] } });
      expect(linksOf(changes, '/etc/systemd/system'), name).toEqual([
        'getty.target.wants/getty@tty1.service',
      ]);
    }
    const { changes } = setUp(DEBIAN, {
      services: { enable: ['getty@tty1', 'getty@tty2'], disable: ['getty@tty1'] },
    });
    expect(linksOf(changes, '/etc/systemd/system')).toEqual(['getty.target.wants/getty@tty2.service']);
  });

  it('keeps the id that the root has', () => {
    const { changes } = setUp({ ...DEBIAN, '/etc/machine-id': 'uninitialized\n' }, {});
    expect(changes).toEqual({});
  });

  it.each([
    [enable('sssh'), 'machine.services.enable[0]: the root has no unit "sssh.service" (did you mean "ssh"?)'],
    [enable('systemd-journald'), /has no section \[Install\], so that it cannot be enabled/],
    [
      enable('serial-getty@'),
      /serial-getty@.service is a template \(say for what: serial-getty@NAME.service\)/,
    ],
    [enable({ name: 'ssh', runlevel: 'boot' }), 'machine.services.enable[0]: runlevels are of OpenRC'],
    [enable('masked'), /masked.service is masked by \/etc\/systemd\/system\/masked.service/],
    [enable('old'), /only a script of sysvinit, \/etc\/init.d\/old/],
  ])('refuses %j', (setup, message) => {
    const root = {
      ...DEBIAN,
      '/etc/systemd/system/masked.service': { link: '/dev/null' },
      '/etc/init.d/old': { program: '#!/bin/sh' },
    };
    expect(refusalOf(root, setup)).toMatch(message);
  });
});

describe("busybox's init", () => {
  const root = {
    ...BUSYBOX,
    '/etc/init.d/web': { program: '#!/bin/sh' },
    '/etc/init.d/S50sshd': { program: '' },
  };

  it('starts scripts before the terminals and stops them before the file systems go', () => {
    const { changes } = setUp(root, { console: 'ttyS0', ...enable('web', 'sshd') });
    expect(changes['/etc/inittab']).toBe(`::sysinit:/etc/init.d/rcS
::wait:/etc/init.d/web start
::ctrlaltdel:/sbin/reboot
::shutdown:/etc/init.d/web stop
::shutdown:/bin/umount -a -r
ttyS0::respawn:/bin/busybox getty -L 115200 ttyS0 vt100
`);
  });

  it('disables them; a numbered script loses its number', () => {
    const { changes, tree } = setUp(root, { services: { enable: ['web'], disable: ['web', 'sshd'] } });
    expect(changes['/etc/inittab']).not.toContain('web');
    expect(tree.get('/etc/init.d/S50sshd')).toBeUndefined();
    expect(tree.get('/etc/init.d/sshd')).toMatchObject({ type: 'file', mode: 0o755 });
  });

  it('refuses what has no script', () => {
    expect(refusalOf(root, enable('wep'))).toBe(
      'machine.services.enable[0]: the root has no script /etc/init.d/wep (did you mean "web"?)',
    );
  });
});

it('services need an init', () => {
  const root = { '/etc/init.d/x': { program: '' } };
  expect(refusalOf(root, enable('x'))).toMatch(/machine.services: the root has no init that is known/);
  expect(refusalOf(root, { console: 'ttyS0' })).toMatch(/machine.console: the root has no init/);
  expect(refusalOf(root, { network: {} })).toMatch(/machine.network: the root has no init/);
});
