import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALPINE, BUSYBOX, DEBIAN, refusalOf, setUp } from '../../support/machine-tree.ts';

describe('the name of the machine', () => {
  it('is set with its line in /etc/hosts, and somebody sets it', () => {
    const { changes } = setUp(ALPINE, { hostname: 'web.example.org' });
    expect(changes['/etc/hostname']).toBe('web.example.org\n');
    expect(changes['/etc/hosts']).toBe(
      '127.0.0.1\tlocalhost localhost.localdomain\n127.0.1.1\tweb.example.org web\n::1\tlocalhost\n',
    );
    expect(changes['/etc/runlevels/boot/hostname']).toBe('-> /etc/init.d/hostname');
  });

  it('takes the place of another one', () => {
    const root = { ...DEBIAN, '/etc/hosts': '127.0.1.1 old.example.org old\n127.0.0.1 localhost\n' };
    expect(setUp(root, { hostname: 'new' }).changes['/etc/hosts']).toBe(
      '127.0.0.1 localhost\n127.0.1.1\tnew\n',
    );
  });

  it('is set by init itself where nothing else does', () => {
    const { changes } = setUp(BUSYBOX, { hostname: 'box' });
    expect(changes['/etc/inittab']).toContain(
      '::sysinit:/etc/init.d/rcS\n::sysinit:/bin/busybox hostname -F /etc/hostname\n',
    );
    expect(changes['/etc/hosts']).toMatch(/^127\.0\.0\.1\tlocalhost\n127\.0\.1\.1\tbox\n/);
  });
});

describe('the time zone', () => {
  const zones = {
    '/usr/share/zoneinfo/Europe/Berlin': 'TZif2',
    '/usr/share/zoneinfo/UTC': 'TZif2',
    '/usr/share/zoneinfo/README': 'text',
  };
  it('is linked and named', () => {
    const { changes } = setUp({ ...ALPINE, ...zones, '/etc/localtime': 'x' }, { timezone: 'Europe/Berlin' });
    expect(changes['/etc/localtime']).toBe('-> ../usr/share/zoneinfo/Europe/Berlin');
    expect(changes['/etc/timezone']).toBe('Europe/Berlin\n');
  });

  it('may be UTC in a root without any', () => {
    const { tree } = setUp({ ...ALPINE, '/etc/localtime': 'x' }, { timezone: 'UTC' });
    expect(tree.get('/etc/localtime')).toBeUndefined();
  });

  it.each([
    [{}, 'Europe/Berlin', /no time zones.*put the package tzdata into the root/],
    [zones, 'Berlin', /no time zone "Berlin" \(did you mean "Europe\/Berlin"\?\)/],
    [zones, 'Europe/Belrin', /did you mean "Europe\/Berlin"\?/],
    [zones, 'README', /no time zone "README"/],
    [zones, 'Europe', /no time zone "Europe"/],
  ])('is refused', (more, timezone, message) => {
    expect(refusalOf({ ...ALPINE, ...more }, { timezone })).toMatch(message);
  });
});

describe('the keymap', () => {
  const alpine = {
    ...ALPINE,
    '/usr/share/bkeymaps/de/de.bmap.gz': 'map',
    '/etc/conf.d/loadkmap': '# where\n#KEYMAP="/x"\n',
  };

  it('of OpenRC on Alpine is copied, named and loaded', () => {
    const { changes } = setUp(alpine, { keymap: 'de' });
    expect(changes['/etc/keymap/de.bmap.gz']).toBe('map');
    expect(changes['/etc/conf.d/loadkmap']).toBe('# where\nKEYMAP="/etc/keymap/de.bmap.gz"\n');
    expect(changes['/etc/runlevels/boot/loadkmap']).toBe('-> /etc/init.d/loadkmap');
  });

  it('of busybox is loaded by init', () => {
    const { changes } = setUp({ ...BUSYBOX, '/usr/share/bkeymaps/de/de.bmap.gz': 'map' }, { keymap: 'de' });
    expect(changes['/etc/inittab']).toContain(
      '::sysinit:/bin/busybox zcat /etc/keymap/de.bmap.gz | /bin/busybox loadkmap\n',
    );
  });

  it('of systemd is in /etc/vconsole.conf', () => {
    const root = {
      ...DEBIAN,
      '/usr/lib/systemd/systemd-vconsole-setup': { program: '' },
      '/usr/lib/kbd/keymaps/xkb/de-nodeadkeys.map.gz': 'map',
    };
    expect(setUp(root, { keymap: 'de-nodeadkeys' }).changes['/etc/vconsole.conf']).toBe(
      'KEYMAP="de-nodeadkeys"\n',
    );
  });

  it("of Debian's console-setup is a layout and its variant", () => {
    const root = {
      ...DEBIAN,
      '/usr/bin/setupcon': { program: '' },
      '/usr/share/X11/xkb/symbols/de': 'xkb_symbols "basic" {\n};\nxkb_symbols "nodeadkeys" {\n};\n',
      '/etc/default/keyboard': 'XKBMODEL="pc104"\nXKBLAYOUT="us"\nXKBVARIANT=""\n',
    };
    expect(setUp(root, { keymap: 'de-nodeadkeys' }).changes['/etc/default/keyboard']).toBe(
      'XKBMODEL="pc104"\nXKBLAYOUT="de"\nXKBVARIANT="nodeadkeys"\n',
    );
    expect(refusalOf(root, { keymap: 'de-nodedkeys' })).toMatch(/did you mean "de-nodeadkeys"\?/);
  });

  it.each([
    [alpine, 'dee', /the root has no keymap "dee" \(did you mean "de"\?\)/],
    [ALPINE, 'de', /the root has no keymaps \(put the package kbd-bkeymaps into the root\)/],
    [DEBIAN, 'de', /nothing in the root loads keymaps \(put console-setup into the root\)/],
  ])('is refused', (root, keymap, message) => {
    expect(refusalOf(root, { keymap })).toMatch(message);
  });
});

describe('the serial console', () => {
  it('takes the line of inittab that is commented out for it, and root may use it', () => {
    const { changes } = setUp(ALPINE, { console: 'ttyS0,9600' });
    expect(changes['/etc/inittab']).toBe(
      '::sysinit:/sbin/openrc sysinit\nttyS0::respawn:/sbin/getty -L 9600 ttyS0 vt100\n::shutdown:/sbin/openrc shutdown\n',
    );
    expect(changes['/etc/securetty']).toBe('console\ntty1\nttyS0\n');
  });

  it("is a service of OpenRC's own init", () => {
    const root = {
      ...ALPINE,
      '/sbin/init': { link: 'openrc-init' },
      '/sbin/openrc-init': { program: '' },
      '/etc/init.d/agetty': { program: '' },
    };
    const { changes } = setUp(root, { console: 'ttyS1,9600' });
    expect(changes['/etc/inittab']).toBeUndefined();
    expect(changes['/etc/init.d/agetty.ttyS1']).toBe('-> agetty');
    expect(changes['/etc/conf.d/agetty.ttyS1']).toBe('baud="9600"\n');
    expect(changes['/etc/runlevels/default/agetty.ttyS1']).toBe('-> /etc/init.d/agetty.ttyS1');
  });

  it('is a unit of systemd, with a drop-in for another rate', () => {
    const { changes } = setUp(DEBIAN, { console: 'ttyS0,9600' });
    expect(changes['/etc/systemd/system/getty.target.wants/serial-getty@ttyS0.service']).toBe(
      '-> /usr/lib/systemd/system/serial-getty@.service',
    );
    expect(changes['/etc/systemd/system/serial-getty@ttyS0.service.d/baud.conf']).toBe(
      "[Service]\nExecStart=\nExecStart=-/sbin/agetty -o '-p -- \\\\u' 9600 - $TERM\n",
    );
  });
});

describe('the network', () => {
  const fixed = {
    interface: 'eth1',
    address: ['192.168.1.10/24', 'fd00::10/64'],
    gateway: ['192.168.1.1', 'fd00::1'],
    dns: ['9.9.9.9'],
  };

  it('of OpenRC and busybox is in /etc/network/interfaces', () => {
    const { changes } = setUp(
      { ...ALPINE, '/etc/resolv.conf': { link: '../run/x' } },
      { network: [{}, fixed] },
    );
    expect(changes['/etc/network/interfaces']).toBe(`auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp

auto eth1
iface eth1 inet static
\taddress 192.168.1.10
\tnetmask 255.255.255.0
\tgateway 192.168.1.1
iface eth1 inet6 static
\taddress fd00::10
\tnetmask 64
\tgateway fd00::1
`);
    expect(changes['/etc/resolv.conf']).toBe('nameserver 9.9.9.9\n');
    expect(changes['/etc/runlevels/boot/networking']).toBe('-> /etc/init.d/networking');
  });

  it('of busybox is brought up by init, with a script for udhcpc where there is none', () => {
    const { changes, tree } = setUp(BUSYBOX, { network: {} });
    expect(changes['/etc/inittab']).toContain('::wait:/bin/busybox ifup -a\n');
    expect(changes['/usr/share/udhcpc/default.script']).toMatch(/^#!\/bin\/sh\n/);
    expect(tree.get('/usr/share/udhcpc/default.script')?.mode).toBe(0o755);
    const buildroot = {
      ...BUSYBOX,
      '/etc/init.d/S40network': { program: '' },
      '/etc/udhcpc/default.script': '',
    };
    expect(Object.keys(setUp(buildroot, { network: {} }).changes)).toEqual([
      '/etc/network/interfaces',
      '/var/run',
    ]);
  });

  it("of systemd is networkd's", () => {
    const { changes, warnings } = setUp(DEBIAN, { network: [{}, fixed] });
    expect(changes).toMatchObject({
      '/etc/systemd/network/10-wired.network': '[Match]\nName=en* eth*\n\n[Network]\nDHCP=yes\n',
      '/etc/systemd/network/11-eth1.network':
        '[Match]\nName=eth1\n\n[Network]\nAddress=192.168.1.10/24\nAddress=fd00::10/64\nGateway=192.168.1.1\nGateway=fd00::1\nDNS=9.9.9.9\n',
      '/etc/resolv.conf': 'nameserver 9.9.9.9\n',
    });
    expect(warnings).toEqual([]);
    expect(setUp(DEBIAN, { network: {} }).warnings).toEqual([
      expect.stringContaining('without systemd-resolved in the root nothing takes name servers from DHCP'),
    ]);
  });

  it('has names looked up by systemd-resolved, where it is', () => {
    const resolved = {
      '/usr/lib/systemd/system/systemd-resolved.service': '[Install]\nWantedBy=sysinit.target\n',
    };
    const { changes, warnings } = setUp({ ...DEBIAN, ...resolved }, { network: {} });
    expect(changes['/etc/resolv.conf']).toBe('-> ../run/systemd/resolve/stub-resolv.conf');
    expect(changes['/etc/systemd/system/sysinit.target.wants/systemd-resolved.service']).toBeDefined();
    expect(warnings).toEqual([]);
  });

  it.each([
    [ALPINE, { interface: 'en*' }, /"en\*" is a pattern, which only systemd-networkd knows/],
    [ALPINE, { address: ['10.0.0.1/8', '10.0.0.2/8'] }, /ifupdown takes one address of each family/],
  ])('is refused', (root, network, message) => {
    expect(refusalOf(root, { network })).toMatch(message);
  });

  it('is refused where OpenRC has nothing that brings it up', () => {
    const { '/etc/init.d/networking': _, ...root } = ALPINE;
    expect(refusalOf(root, { network: {} })).toMatch(/no service "networking"/);
  });
});

describe('files', () => {
  it('belong to users by their names, and so do new folders in what is theirs', () => {
    const { tree, changes } = setUp(ALPINE, {
      users: [{ name: 'alice' }],
      files: [
        { path: '/home/alice/.config/app/conf', content: 'x\n', owner: 'alice', mode: '0600' },
        { path: '/srv/deep/file', content: '', owner: 'alice:wheel' },
        { path: '/etc/motd', content: 'hello' },
      ],
    });
    expect(changes['/home/alice/.config/app/conf']).toBe('1000:1000 600 x\n');
    expect(tree.get('/home/alice/.config')).toMatchObject({ uid: 1000, gid: 1000, mode: 0o755 });
    expect(tree.get('/srv/deep/file')).toMatchObject({ uid: 1000, gid: 10, mode: 0o644 });
    expect(tree.get('/srv')).toMatchObject({ uid: 0 });
    expect(changes['/etc/motd']).toBe('hello');
  });

  it('come from this machine, and replace links', () => {
    const folder = mkdtempSync(join(tmpdir(), 'rb-machine-'));
    try {
      const source = join(folder, 'tool');
      writeFileSync(source, '#!/bin/sh\n', { mode: 0o755 });
      const root = { ...ALPINE, '/usr/bin/tool': { link: '/bin/busybox' } };
      const { changes, tree } = setUp(root, { files: [{ path: '/usr/bin/tool', source }] });
      expect(changes['/usr/bin/tool']).toBe('#!/bin/sh\n');
      expect(tree.get('/usr/bin/tool')?.mode).toBe(0o755);
      expect(tree.get('/bin/busybox')?.origin).toBe('base');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [{ path: '/etc', content: '' }, 'machine.files[0].path: /etc is a directory of the root'],
    [
      { path: '/a', content: '', owner: 'rot' },
      /owner: the root has no user "rot" \(did you mean "root"\?\)/,
    ],
    [
      { path: '/a', content: '', owner: 'root:weel' },
      /owner: the root has no group "weel" \(did you mean "wheel"\?\)/,
    ],
  ])('are refused: %j', (file, message) => {
    expect(refusalOf(ALPINE, { files: [file] })).toMatch(message);
  });
});
