import { describe, expect, it } from 'vitest';
import { ALPINE, BUSYBOX, DEBIAN, refusalOf, rootOf, setUp } from '../../support/machine-tree.ts';

const HASH = `$6$salt$${'x'.repeat(86)}`;
const YESCRYPT = `$y$j9T$salt$${'x'.repeat(43)}`;
const KEY = 'ssh-ed25519 AAAA alice';

describe('a user', () => {
  it('gets a number, a group, a home, a password of the epoch and keys', () => {
    const users = [{ name: 'alice', password: HASH, sshKeys: [KEY], groups: ['wheel'], comment: 'Alice' }];
    const { changes, tree } = setUp(ALPINE, { users });
    expect(changes['/etc/passwd']).toContain('\nalice:x:1000:1000:Alice:/home/alice:/bin/ash\n');
    expect(changes['/etc/shadow']).toBe(`root:*::0:::::\nsshd:!::0:::::\nalice:${HASH}:20000:0:99999:7:::\n`);
    expect(changes['/etc/group']).toBe(
      'root:x:0:root\nwheel:x:10:root,alice\nshadow:x:42:\nusers:x:100:games\nalice:x:1000:\n',
    );
    expect(changes['/home/alice/.ssh/authorized_keys']).toBe(`1000:1000 600 ${KEY}\n`);
    expect(changes['/home/alice/.ssh']).toBe('1000:1000 700 ');
    expect(changes['/home/alice']).toBe('1000:1000 700 ');
    expect(tree.get('/home')).toMatchObject({ uid: 0, gid: 0, mode: 0o755 });
  });

  it('without a password has one that nothing fits, and is not locked out of ssh', () => {
    const { changes } = setUp(ALPINE, { users: [{ name: 'bob' }] });
    expect(changes['/etc/shadow']).toContain('\nbob:*:20000:');
  });

  it('is also told to gshadow, where there is one', () => {
    const { changes } = setUp(DEBIAN, { users: [{ name: 'alice', groups: ['wheel', 'users'] }] });
    expect(changes['/etc/gshadow']).toBe(
      'root:*::root\nwheel:*::root,alice\nshadow:*::\nusers:*::games,alice\nalice:!::\n',
    );
    expect(changes['/etc/passwd']).toContain('alice:x:1000:1000::/home/alice:/bin/bash\n');
  });

  it('keeps number, home and password where it is there already', () => {
    const root = {
      ...ALPINE,
      '/etc/passwd': 'root:x:0:0::/root:/bin/ash\nann:x:1234:100:Ann:/srv/ann:/bin/sh\n',
    };
    const { changes } = setUp(root, { users: [{ name: 'ann', shell: '/bin/ash', sshKeys: [KEY] }] });
    expect(changes['/etc/passwd']).toContain('\nann:x:1234:100:Ann:/srv/ann:/bin/ash\n');
    expect(changes['/srv/ann/.ssh/authorized_keys']).toBe(`1234:100 600 ${KEY}\n`);
    expect(changes['/etc/group']).toBeUndefined();
  });

  it('of the system gets no home that it has not', () => {
    const { tree } = setUp(ALPINE, { users: [{ name: 'sshd', groups: ['wheel'] }] });
    expect(tree.get('/dev')).toBeUndefined();
    expect(refusalOf(ALPINE, { users: [{ name: 'sshd', sshKeys: [KEY] }] })).toBe(
      'machine.users[0].sshKeys: the home of sshd is /dev/null, where no keys can be (give the user a home)',
    );
  });

  it('takes the group of its name, and numbers that nobody has', () => {
    const group = 'root:x:0:\nalice:x:77:\nother:x:1000:\nmore:x:1002:\n';
    const users = [{ name: 'alice' }, { name: 'bob', uid: 1000 }, { name: 'eve' }];
    const { changes } = setUp({ ...ALPINE, '/etc/group': group }, { users });
    expect(changes['/etc/passwd']).toMatch(/alice:x:1001:77:[\s\S]*bob:x:1000:1001:[\s\S]*eve:x:1003:1003:/);
    expect(changes['/etc/group']).toBe(`${group}bob:x:1001:\neve:x:1003:\n`);
  });

  it('gets a home with what /etc/skel holds', () => {
    const skeleton = {
      '/etc/skel/.profile': 'x',
      '/etc/skel/.config/a': 'y',
      '/etc/skel/link': { link: '.profile' },
    };
    const { tree } = setUp({ ...ALPINE, ...skeleton }, { users: [{ name: 'alice', uid: 2000 }] });
    for (const name of ['.profile', '.config', '.config/a', 'link'])
      expect(tree.get(`/home/alice/${name}`), name).toMatchObject({
        uid: 2000,
        gid: 2000,
        origin: 'machine',
      });
    expect(tree.get('/etc/skel/.profile')).toMatchObject({ uid: 0, origin: 'base' });
  });

  it('owns what contents have put into its home, and no home that belongs to the system', () => {
    const root = { ...ALPINE, '/home/alice/.bashrc': 'x', '/var/www/index.html': 'y' };
    const users = [{ name: 'alice' }, { name: 'web', home: '/var/www' }];
    const { tree } = setUp(root, { users });
    expect(tree.get('/home/alice/.bashrc')).toMatchObject({ uid: 1000, gid: 1000 });
    expect(tree.get('/var/www')).toMatchObject({ uid: 0, gid: 0 });
  });

  it('is added to a root without any accounts, or with those of Debian’s base-passwd', () => {
    const { changes } = setUp(BUSYBOX, { users: [{ name: 'alice' }], root: { password: HASH } });
    expect(changes['/etc/passwd']).toBe(
      'root:x:0:0:root:/root:/bin/sh\nalice:x:1000:1000::/home/alice:/bin/sh\n',
    );
    expect(changes['/etc/shadow']).toBe(
      `0:0 600 root:${HASH}:20000:0:99999:7:::\nalice:*:20000:0:99999:7:::\n`,
    );
    const masters = {
      '/usr/share/base-passwd/passwd.master': 'root:*:0:0:root:/root:/bin/bash\nman:*:6:12:man:/var:/bin/x\n',
      '/usr/share/base-passwd/group.master': 'root:*:0:\nshadow:*:42:\n',
    };
    const debian = setUp({ ...BUSYBOX, ...masters }, { root: { password: HASH } }).changes;
    expect(debian['/etc/passwd']).toBe('root:x:0:0:root:/root:/bin/bash\nman:x:6:12:man:/var:/bin/x\n');
    expect(debian['/etc/group']).toBe('root:x:0:\nshadow:x:42:\n');
    expect(debian['/etc/shadow']).toMatch(/^0:42 640 root:.*\nman:\*:20000:/);
  });

  it('keeps owner and mode of the files, and other names of theirs as they were', () => {
    const tree = rootOf(ALPINE);
    const shadow = tree.get('/etc/shadow')!;
    Object.assign(shadow, { mode: 0o640, gid: 42 });
    tree.set('/etc/shadow-', shadow);
    setUp(tree, { users: [{ name: 'alice' }] });
    expect(tree.get('/etc/shadow')).toMatchObject({ mode: 0o640, gid: 42 });
    expect(tree.get('/etc/shadow-')).toBe(shadow);
  });
});

describe('root', () => {
  it('gets a password and keys beside those it has', () => {
    const root = { ...ALPINE, '/root/.ssh/authorized_keys': 'ssh-rsa BBBB old' };
    const { changes, tree } = setUp(root, { root: { password: HASH, sshKeys: [KEY, KEY] } });
    expect(changes['/etc/shadow']).toContain(`root:${HASH}:20000:0:::::\n`);
    expect(changes['/root/.ssh/authorized_keys']).toBe(`ssh-rsa BBBB old\n${KEY}\n`);
    expect(tree.get('/root')).toMatchObject({ uid: 0 });
  });

  it('has its password in shadow from then on', () => {
    const root = { ...BUSYBOX, '/etc/passwd': 'root::0:0:root:/root:/bin/sh\n', '/etc/group': 'root:x:0:\n' };
    const { changes } = setUp(root, { root: { password: HASH } });
    expect(changes['/etc/passwd']).toBe('root:x:0:0:root:/root:/bin/sh\n');
  });
});

describe('the password "empty"', () => {
  it('asks for none, on musl as well', () => {
    const { changes } = setUp(ALPINE, {
      users: [{ name: 'a', password: 'empty' }],
      root: { password: 'empty' },
    });
    expect(changes['/etc/shadow']).toMatch(/^root::20000:0:::::\n(.*\n)*a::20000:/);
    expect(changes['/etc/passwd']).toContain('a:x:1000:');
  });
});

describe('accounts are refused', () => {
  it.each([
    [
      { users: [{ name: 'a', shell: '/bin/bash' }] },
      'machine.users[0].shell: the root has no program /bin/bash (did you mean "/bin/ash" or "/bin/sh"?)',
    ],
    [
      { users: [{ name: 'a', groups: ['wheel', 'weel'] }] },
      'machine.users[0].groups[1]: the root has no group "weel" (did you mean "wheel"?)',
    ],
    [
      { users: [{ name: 'a', groups: ['sudo'] }] },
      'machine.users[0].groups[0]: the root has no group "sudo" (it has root, wheel, shadow, users, a)',
    ],
    [
      { users: [{ name: 'a', uid: 22 }] },
      'machine.users[0].uid: 22 is the number of sshd already (leave uid out: a free one is found)',
    ],
    [
      { users: [{ name: 'sshd', uid: 23 }] },
      'machine.users[0].uid: sshd is in the root already, as 22 (leave uid out)',
    ],
    [
      { root: { password: YESCRYPT } },
      "machine.root.password: the root's C library, musl, does not know hashes that begin with $y$ (make one of another kind: openssl passwd -6)",
    ],
  ])('%j', (setup, message) => {
    expect(refusalOf(ALPINE, setup)).toBe(message);
  });

  it('but for yescrypt where the library has it', () => {
    expect(setUp(DEBIAN, { root: { password: YESCRYPT } }).changes['/etc/shadow']).toContain(YESCRYPT);
  });
});
